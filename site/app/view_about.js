/* “Om data”: what the release holds, what the words and shapes mean, where the figures come from.
   What does not belong here: the figures. */
(function (app) {
  'use strict'

  const MISSING = ['missing', 'suppressed', 'not_applicable', 'not_yet_published', 'not_fetched', 'no_source']
  const REASONS = ['source_gave_none', 'nonresponse', 'secrecy_at_source', 'hidden_here', 'withheld_here', 'too_few_events', 'no_population', 'false_at_source', 'withdrawn_at_source', 'incomplete_group', 'not_collected_this_year', 'absent_at_source', 'not_available_at_source']

  const section = (key, ...children) => {
    const id = `om-${key.replace(/_/g, '-')}`
    return app.el('section', { 'aria-labelledby': id }, app.el('h2', { id }, app.t(`about.${key}`)), children)
  }
  const paragraphs = (...keys) => keys.map((key) => app.el('p', {}, app.t(`about.${key}`)))
  const definitions = (pairs) => app.el('dl', { class: 'words' }, pairs.map(([word, meaning]) => [app.el('dt', {}, word), app.el('dd', {}, meaning)]))

  function sourceTable () {
    const id = 'om-sources'
    const sources = Object.entries(app.manifest.raw.sources ?? {})
    const heads = ['publisher', 'table', 'licence', 'retrieved_head']
    return app.el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-labelledby': id }, app.el('table', { 'aria-labelledby': id },
      app.el('thead', {}, app.el('tr', {}, heads.map((key) => app.el('th', { scope: 'col' }, app.t(`about.${key}`))))),
      app.el('tbody', {}, sources.map(([table, source]) => app.el('tr', {},
        app.el('th', { scope: 'row' }, source.publisher ?? ''),
        app.el('td', {}, source.title_sv || table, source.published_as && source.published_as !== source.title_sv ? app.el('span', { class: 'unit' }, source.published_as) : null),
        app.el('td', {}, source.licence || app.t('about.no_licence')),
        app.el('td', {}, app.landingOf(source)))))))
  }

  /** Where a table's figures come from, and when: a day, or that nothing has been fetched. A table without a row is never called fetched. */
  app.landingOf = (source) => {
    if (source.landing === 'made') return app.t('landing.made')
    if (!source.rows) return app.t(source.confidentiality === 'secret' ? 'landing.must_be_ordered' : source.landing === 'inbox' ? 'landing.nothing_reported' : 'landing.none')
    if (source.retrieved) return app.day(source.retrieved)
    return app.t({ inbox: 'landing.inbox', reference: 'landing.reference' }[source.landing] ?? 'landing.snapshot')
  }

  app.viewAbout = (root) => {
    const { release } = app.manifest
    const count = (number) => app.number(number, 0)
    app.fill(root,
      app.el('div', { class: 'heading' }, app.el('h1', {}, app.t('view.about')),
        app.el('p', { class: 'lead' }, app.t('about.lead', {
          day: app.day(release.published_at), id: release.id, indicators: count(release.indicators), figures: count(release.figures), areas: count(app.manifest.areas.length)
        }))),
      release.contains_synthetic ? app.el('p', { class: 'synthetic' }, app.t('about.synthetic')) : null,
      section('certainty', paragraphs('certainty_text', 'certainty_how', 'certainty_rank'), definitions(['yes', 'no', 'not_assessable', 'synthetic'].map((key) => [app.t(`certain.${key}`), app.t(`about.certain_${key}`)]))),
      section('gap', paragraphs('gap_text', 'gap_both')),
      section('missing', paragraphs('missing_text'),
        definitions(MISSING.map((key) => [app.missing(key), app.t(`status_why.${key}`)])),
        app.el('h3', {}, app.t('about.reasons')), app.el('ul', {}, REASONS.map((key) => app.el('li', {}, app.t(`reason.${key}`))))),
      section('colour', paragraphs('colour_text', 'colour_map')),
      section('breaks', paragraphs('breaks_text')),
      section('secrecy', paragraphs('secrecy_text')),
      section('sources', app.staleSentence() && app.el('p', {}, app.staleSentence()), sourceTable()),
      section('order', app.el('p', {}, app.t('about.order_text'), ' ', app.orderForm())),
      section('more', paragraphs('more_text', 'left_out', 'scripts')))
  }
})(globalThis.JamlikPage ??= {})

/* “Rekommendationerna”: the five, each with its indicators' status in the chosen place, and what cannot be measured and why.
   What does not belong here: an indicator's figures over time (view_indicator.js). */
(function (app) {
  'use strict'

  const BETTER = ['better', 'higher', 'no_certain_difference', 'worse', 'lower', 'not_assessable']
  const TRENDS = ['improving', 'rising', 'no_certain_change', 'worsening', 'falling', 'not_assessable']
  const GAPS = ['narrowing', 'no_certain_change', 'widening', 'not_assessable']

  /** How many of `codes` are of each kind, in the order of `kinds`: [[kind, count]]. */
  function counted (codes, kinds) {
    return kinds.map((kind) => [kind, codes.filter((code) => code === kind).length]).filter(([, count]) => count)
  }

  function countLine (title, counts, stem) {
    if (!counts.length) return null
    return app.el('div', { class: 'count-line' }, app.el('dt', {}, title),
      counts.map(([kind, count]) => app.el('dd', { class: `verdict ${kind}` }, app.el('b', {}, app.number(count, 0)), ` ${app.t(`${stem}.${kind}`)}`)))
  }

  function certainGaps (entries) {
    const gaps = entries.flatMap((entry) => entry.gaps).filter((gap) => app.isNumber(gap.value))
    return counted(gaps.map((gap) => gap.certain), ['yes', 'no', 'not_assessable'])
  }

  function statusRow (indicator, entry, known) {
    const row = entry?.level
    return app.el('tr', {},
      app.el('th', { scope: 'row' }, app.el('a', { href: app.address({ view: 'indicator', indicator: indicator.id }) }, app.label(indicator, 'title'))),
      app.el('td', { class: 'num' }, app.figureOf(indicator, row), row && app.isNumber(row.value) ? app.el('span', { class: 'unit' }, `${app.unit(indicator)}, ${app.period(row.period)}`) : null),
      known.compared && app.el('td', {}, row && app.compareWord(row.vs_nation)),
      known.trended && app.el('td', {}, row && app.trendWord(row.trend)),
      app.el('td', {}, gapWords(indicator, entry)))
  }

  function gapWords (indicator, entry) {
    const gaps = (entry?.gaps ?? []).filter((gap) => app.isNumber(gap.value))
    if (!gaps.length) return app.el('span', { class: 'absent' }, app.t('place.no_groups'))
    return app.el('ul', { class: 'plain' }, gaps.map((gap) => app.el('li', {},
      `${app.label(app.manifest.dimension(gap.dimension))}: ${app.number(Math.abs(gap.value), app.decimals(indicator))}, ${app.certainty(gap.certain)} `,
      gap.trend ? app.trendWord(gap.trend) : null)))
  }

  function section (recommendation, byIndicator, known) {
    const indicators = app.manifest.indicators.filter((one) => one.recommendation === recommendation.id)
    const entries = indicators.map((one) => byIndicator.get(one.id)).filter(Boolean)
    const levels = entries.map((entry) => entry.level).filter(Boolean)
    const withFigure = levels.filter((row) => app.isNumber(row.value)).length
    const id = `rek-${recommendation.id}`
    const heads = ['indicator', 'value', known.compared && 'verdict', known.trended && 'trend', 'gap'].filter(Boolean)
    return app.el('section', { class: 'recommendation', 'aria-labelledby': id },
      app.el('h2', { id }, `${recommendation.id}. ${app.recommendationName(recommendation.id)}`),
      app.lang === 'sv' ? app.el('p', {}, recommendation.title_sv + '.') : null,
      app.el('p', {}, app.t('recommendations.measured', { figures: app.number(withFigure, 0), all: app.number(indicators.length, 0) })),
      app.el('dl', { class: 'counts' },
        known.compared && countLine(app.t('recommendations.compared'), counted(levels.map((row) => row.vs_nation), BETTER), 'compare'),
        known.trended && countLine(app.t('recommendations.trend'), counted(levels.map((row) => row.trend), TRENDS), 'trend'),
        countLine(app.t('recommendations.gaps'), certainGaps(entries), 'certain'),
        countLine(app.t('recommendations.gap_trend'), counted(entries.flatMap((entry) => entry.gaps.map((gap) => gap.trend)), GAPS), 'trend')),
      app.el('details', {}, app.el('summary', {}, app.t('recommendations.show', { count: app.number(indicators.length, 0) })),
        app.el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-labelledby': id },
          app.el('table', { 'aria-labelledby': id }, app.el('thead', {}, app.el('tr', {}, heads.map((key) => app.el('th', { scope: 'col', class: key === 'value' && 'num' }, app.t(`place.column.${key}`))))),
            app.el('tbody', {}, indicators.map((one) => statusRow(one, byIndicator.get(one.id), known)))))))
  }

  /** What was wanted and cannot be measured, by why. */
  function lacking () {
    const rows = app.manifest.raw.catalogue_rows ?? []
    const states = [...new Set(rows.map((row) => row.state))]
    return app.el('section', { class: 'lacking', 'aria-labelledby': 'kan-inte-matas' },
      app.el('h2', { id: 'kan-inte-matas' }, app.t('recommendations.lacking')),
      app.el('p', {}, app.t('recommendations.lacking_lead', { count: app.number(rows.length, 0) })),
      states.map((state) => {
        const some = rows.filter((row) => row.state === state)
        return [
          app.el('h3', {}, `${app.hasString(`status.${state}`) ? app.t(`status.${state}`) : state} (${app.number(some.length, 0)})`),
          app.el('dl', { class: 'lacking-list' }, some.map((row) => app.el('div', {},
            app.el('dt', {}, app.label(row, 'title')),
            app.el('dd', {}, row.reason_sv ?? '', row.missing_sv ? ` ${app.t('recommendations.needed')} ${row.missing_sv}` : ''))))
        ]
      }))
  }

  app.viewRecommendations = async (root, state) => {
    const area = app.manifest.area(state.place)
    const byIndicator = await app.rowsByIndicator(area.code)
    const levels = [...byIndicator.values()].map((entry) => entry.level).filter(Boolean)
    const known = { compared: area.level !== 'nation' && levels.some((row) => row.vs_nation), trended: levels.some((row) => row.trend) }
    app.fill(root,
      app.el('div', { class: 'heading' }, app.el('h1', {}, app.t('view.recommendations')),
        app.el('p', { class: 'lead' }, app.t('recommendations.lead', { place: app.placeName(area) }))),
      app.el('div', { class: 'controls' }, app.placeChooser(state)),
      levels.some((row) => row.provenance === 'synthetic') ? app.el('p', { class: 'synthetic' }, app.t('recommendations.synthetic')) : null,
      app.manifest.raw.recommendations.map((one) => section(one, byIndicator, known)),
      lacking())
  }
})(globalThis.JamlikPage ??= {})

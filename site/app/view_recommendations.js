/* “Rekommendationerna”: the five, each with its indicators' status in the chosen place, and what cannot be measured and why.
   What does not belong here: an indicator's figures over time (view_indicator.js); the counting, which the release has done. */
(function (app) {
  'use strict'

  /** The lines of counts: heading, and the columns of recommendation_status with the word for each. */
  const LINES = [
    ['compared', 'compare', { better_nation: 'better', no_certain_difference_nation: 'no_certain_difference', worse_nation: 'worse', not_assessable_nation: 'not_assessable' }],
    ['similar', 'compare_similar', { better_similar: 'better', no_certain_difference_similar: 'no_certain_difference', worse_similar: 'worse', not_assessable_similar: 'not_assessable' }],
    ['trend', 'trend', { improving: 'improving', no_certain_change: 'no_certain_change', worsening: 'worsening', change_not_assessable: 'not_assessable' }],
    ['gap_difference', 'gap_count', { absolute_gaps_narrowing: 'narrowing', absolute_gaps_no_certain_change: 'no_certain_change', absolute_gaps_widening: 'widening', absolute_gaps_not_assessable: 'not_assessable' }],
    ['gap_ratio', 'gap_count', { relative_gaps_narrowing: 'narrowing', relative_gaps_no_certain_change: 'no_certain_change', relative_gaps_widening: 'widening', relative_gaps_not_assessable: 'not_assessable' }],
    ['targets', 'target', { own_targets_passed: 'passed', own_targets_on_track: 'on_track', own_targets_off_track: 'off_track', own_targets_not_assessable: 'not_assessable' }],
    ['national_targets', 'target', { national_targets_passed: 'passed', national_targets_on_track: 'on_track', national_targets_off_track: 'off_track', national_targets_not_assessable: 'not_assessable' }]
  ]

  /** The release's own status of the five in an area, by recommendation; nothing where its file cannot be read. */
  async function statusOf (code) {
    try {
      const file = await app.figures('recommendation_status')
      const found = new Map()
      for (let index = 0; index < file.partCount; index++) {
        for (const row of app.rowsWhere(await file.part(index), (i, c) => c.area_code[i] === code)) found.set(row.recommendation, row)
      }
      return found
    } catch { return new Map() }
  }

  function countLine ([heading, stem, columns], status) {
    const counts = Object.entries(columns).map(([column, word]) => [word, status[column] ?? 0]).filter(([, count]) => count)
    if (!counts.length) return null
    const certain = status[`${heading === 'targets' ? 'own_targets' : heading}_on_track_certain`]
    const unsure = (word) => word === 'on_track' && certain != null ? app.t('target.on_track_certain', { count: app.number(certain, 0) }) : ''
    return app.el('div', { class: 'count-line' }, app.el('dt', {}, app.t(`recommendations.${heading}`)),
      counts.map(([word, count]) => app.el('dd', { class: `verdict ${word}` }, app.el('b', {}, app.number(count, 0)), ` ${app.t(`${stem}.${word}`)}${unsure(word)}`)))
  }

  const indicatorLink = (indicator) => app.el('a', { href: app.address({ view: 'indicator', indicator: indicator.id }) }, app.label(indicator, 'title'))

  /** The gaps that widen, by indicator and split: those whose difference does and those whose ratio does, never mixed. */
  function wideningIn (status) {
    return ['absolute', 'relative'].map((kind) => {
      const gaps = (status[`widening_${kind}`] ?? '').split(', ').map((gap) => gap.split(':')).map(([id, dimension]) => ({ indicator: app.manifest.indicator(id), dimension })).filter((gap) => gap.indicator)
      if (!gaps.length) return null
      return app.el('p', { class: `widening ${kind}` }, app.t(`recommendations.widening_${kind}`), ' ',
        gaps.map(({ indicator, dimension }, index) => [index ? ', ' : '', indicatorLink(indicator), ` (${app.label(app.manifest.dimension(dimension)).toLowerCase()})`]), '.')
    })
  }

  /** The order form, which comes with the page. */
  app.orderForm = () => app.el('a', { href: 'bestallning-raks.txt' }, app.t('order.form'))

  function gapWords (indicator, entry) {
    const gaps = (entry?.gaps ?? []).filter((gap) => app.isNumber(gap.value))
    if (!gaps.length) return app.el('span', { class: 'absent' }, app.t('place.no_groups'))
    return app.el('ul', { class: 'plain' }, gaps.map((gap) => app.el('li', {},
      `${app.label(app.manifest.dimension(gap.dimension))}: ${app.number(Math.abs(gap.value), app.decimals(indicator))} (${app.periodAndAge(gap.period)}), ${app.certainty(gap)} `,
      ['trend', 'trend_ratio'].map((field) => (app.verdictOf(gap, field) ?? 'not_assessable') === 'not_assessable' ? null : [app.trendWord(gap, field), ' ']))))
  }

  /** Why an indicator says nothing of the place; with the order form where that is what is lacking. */
  const absentWord = (reason) => app.el('span', { class: 'absent' }, app.hasString(`absent.${reason}`) ? app.t(`absent.${reason}`) : app.t('status.missing'),
    reason === 'must_be_ordered' ? [' ', app.orderForm()] : null)

  /** One row, or one for each group where only groups have figures: whose it is stands in its name. */
  const indicatorRows = (indicator, entry, known) => entry?.levels.length ? entry.levels.map((row) => indicatorRow(indicator, entry, row, known)) : indicatorRow(indicator, entry, null, known)

  function indicatorRow (indicator, entry, row, known) {
    const absent = entry?.absent?.reason
    return app.el('tr', {},
      app.el('th', { scope: 'row' }, app.levelLink(indicator, row)),
      app.el('td', { class: 'num' }, absent && !row ? absentWord(absent) : app.figureOf(indicator, row),
        row && app.isNumber(row.value) ? app.el('span', { class: 'unit' }, `${app.unit(indicator)}, ${app.periodAndAge(row.period)}`) : null,
        app.isMadeUp(row) && app.el('strong', { class: 'synthetic' }, app.t('chart.synthetic'))),
      known.compared && app.el('td', {}, row && app.compareWord(row)),
      known.trended && app.el('td', {}, row && app.trendWord(row)),
      app.el('td', {}, row === (entry?.level ?? null) && gapWords(indicator, entry)))
  }

  /** The indicators of a recommendation, made when somebody asks for them. */
  function indicatorTable (id, indicators, byIndicator, known) {
    const heads = ['indicator', 'value', known.compared && 'verdict', known.trended && 'trend', 'gap'].filter(Boolean)
    const make = () => app.el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-labelledby': id },
      app.el('table', { 'aria-labelledby': id }, app.el('thead', {}, app.el('tr', {}, heads.map((key) => app.el('th', { scope: 'col', class: key === 'value' && 'num' }, app.t(`place.column.${key}`))))),
        app.el('tbody', {}, indicators.map((one) => indicatorRows(one, byIndicator.get(one.id), known)))))
    return folded(app.t('recommendations.show', { count: app.number(indicators.length, 0) }), make)
  }

  function folded (summary, make) {
    const details = app.el('details', {}, app.el('summary', {}, summary))
    details.addEventListener('toggle', () => { if (details.open && details.children.length === 1) details.append(make()) })
    return details
  }

  /** Whether a wanted measurement comes only by order: every table of its indicator is a confidential delivery. */
  function isOrdered ({ indicator: id }) {
    const tables = app.manifest.indicator(id)?.sources?.map((table) => app.manifest.source(table)).filter(Boolean) ?? []
    return tables.length > 0 && tables.every((table) => table.confidentiality === 'secret')
  }

  /** What was wanted and cannot be measured, by why. */
  function lackingList (rows) {
    const stateOf = (row) => isOrdered(row) ? 'must_be_ordered' : row.state
    const states = [...new Set(rows.map(stateOf))]
    return states.map((state) => {
      const some = rows.filter((row) => stateOf(row) === state)
      return app.el('div', {},
        app.el('h4', {}, `${app.hasString(`status.${state}`) ? app.t(`status.${state}`) : state} (${app.number(some.length, 0)})`),
        app.el('dl', { class: 'lacking-list' }, some.map((row) => app.el('div', {},
          app.el('dt', {}, app.label(row, 'title')),
          app.el('dd', {}, row.reason_sv ?? '', row.missing_sv ? ` ${app.t('recommendations.needed')} ${row.missing_sv}` : '', isOrdered(row) ? [' ', app.orderForm()] : null)))))
    })
  }

  function lacking (rows) {
    if (!rows.length) return null
    return app.el('div', { class: 'lacking' }, app.el('h3', {}, app.t('recommendations.lacking')),
      app.el('p', {}, app.t('recommendations.lacking_lead', { count: app.number(rows.length, 0) })),
      folded(app.t('recommendations.lacking_show', { count: app.number(rows.length, 0) }), () => app.el('div', {}, lackingList(rows))))
  }

  /** What the summary is made of; said once where levels and gaps agree. */
  function summaryParts ({ level_summary: level, gap_summary: gap }) {
    if (!level || !gap) return ''
    if (level === gap) return app.t('recommendations.summary_both')
    return app.t('recommendations.summary_parts', { level: app.t(`summary.${level}`), gap: app.t(`summary.${gap}`) })
  }

  function section (recommendation, area, status, byIndicator, known) {
    const indicators = app.manifest.indicators.filter((one) => one.recommendation === recommendation.id)
    const wanted = (app.manifest.raw.catalogue_rows ?? []).filter((row) => row.recommendation === recommendation.id)
    const id = `rek-${recommendation.id}`
    return app.el('section', { class: 'recommendation', 'aria-labelledby': id },
      app.el('h2', { id }, `${recommendation.id}. ${app.recommendationName(recommendation.id)}`),
      app.lang === 'sv' ? app.el('p', {}, recommendation.title_sv + '.') : null,
      status?.summary && app.el('p', { class: `summary ${status.summary}` }, app.el('strong', {}, app.t('recommendations.summary')), ` ${app.t(`summary.${status.summary}`)}`,
        summaryParts(status)),
      app.el('p', {}, app.coverageSentence(indicators.map((one) => byIndicator.get(one.id)).filter(Boolean), indicators.length)),
      status && app.el('dl', { class: 'counts' }, LINES.map((line) => countLine(line, status))),
      status && wideningIn(status),
      app.nationSection(recommendation.id, area),
      indicatorTable(id, indicators, byIndicator, known),
      lacking(wanted))
  }

  app.viewRecommendations = async (root, state) => {
    const area = app.manifest.area(state.place)
    const [byIndicator, status] = await Promise.all([app.rowsByIndicator(area.code), statusOf(area.code)])
    const levels = [...byIndicator.values()].map((entry) => entry.level).filter(Boolean)
    const known = app.judgedColumns(area, levels)
    const homeless = (app.manifest.raw.catalogue_rows ?? []).filter((row) => !app.manifest.recommendation(row.recommendation))
    app.fill(root,
      app.el('div', { class: 'heading' }, app.el('h1', {}, app.t('view.recommendations')),
        app.el('p', { class: 'lead' }, [app.t('recommendations.lead', { place: app.inPlace(area) }), app.staleSentence()].filter(Boolean).join(' '))),
      app.el('div', { class: 'controls' }, app.placeChooser(state)),
      app.el('p', { class: 'howto' }, app.t('recommendations.howto')),
      app.isSynthetic(levels) ? app.el('p', { class: 'synthetic' }, app.t('recommendations.synthetic')) : null,
      app.manifest.raw.recommendations.map((one) => section(one, area, status.get(one.id), byIndicator, known)),
      lacking(homeless))
  }
})(globalThis.JamlikPage ??= {})

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
    return app.el('div', { class: 'count-line' }, app.el('dt', {}, app.t(`recommendations.${heading}`)),
      counts.map(([word, count]) => app.el('dd', { class: `verdict ${word}` }, app.el('b', {}, app.number(count, 0)), ` ${app.t(`${stem}.${word}`)}`)))
  }

  const indicatorLink = (indicator) => app.el('a', { href: app.address({ view: 'indicator', indicator: indicator.id }) }, app.label(indicator, 'title'))

  /** The indicators whose gaps widen, by name. */
  function wideningIn (status) {
    const indicators = (status.widening_in ?? '').split(', ').map((id) => app.manifest.indicator(id)).filter(Boolean)
    if (!indicators.length) return null
    return app.el('p', {}, app.t('recommendations.widening_in'), ' ', indicators.map((one, index) => [index ? ', ' : '', indicatorLink(one)]), '.')
  }

  function gapWords (indicator, entry) {
    const gaps = (entry?.gaps ?? []).filter((gap) => app.isNumber(gap.value))
    if (!gaps.length) return app.el('span', { class: 'absent' }, app.t('place.no_groups'))
    return app.el('ul', { class: 'plain' }, gaps.map((gap) => app.el('li', {},
      `${app.label(app.manifest.dimension(gap.dimension))}: ${app.number(Math.abs(gap.value), app.decimals(indicator))}, ${app.certainty(gap.certain)} `,
      gap.trend && gap.trend !== 'not_assessable' ? app.trendWord(gap) : null)))
  }

  function indicatorRow (indicator, entry, known) {
    const row = entry?.level
    const absent = entry?.absent?.reason
    return app.el('tr', {},
      app.el('th', { scope: 'row' }, indicatorLink(indicator)),
      app.el('td', { class: 'num' }, absent && !row ? app.el('span', { class: 'absent' }, app.hasString(`absent.${absent}`) ? app.t(`absent.${absent}`) : app.t('status.missing')) : app.figureOf(indicator, row),
        row && app.isNumber(row.value) ? app.el('span', { class: 'unit' }, `${app.unit(indicator)}, ${app.period(row.period)}`) : null,
        row?.provenance === 'synthetic' && app.el('strong', { class: 'synthetic' }, app.t('chart.synthetic'))),
      known.compared && app.el('td', {}, row && app.compareWord(row)),
      known.trended && app.el('td', {}, row && app.trendWord(row)),
      app.el('td', {}, gapWords(indicator, entry)))
  }

  /** The indicators of a recommendation, made when somebody asks for them. */
  function indicatorTable (id, indicators, byIndicator, known) {
    const heads = ['indicator', 'value', known.compared && 'verdict', known.trended && 'trend', 'gap'].filter(Boolean)
    const make = () => app.el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-labelledby': id },
      app.el('table', { 'aria-labelledby': id }, app.el('thead', {}, app.el('tr', {}, heads.map((key) => app.el('th', { scope: 'col', class: key === 'value' && 'num' }, app.t(`place.column.${key}`))))),
        app.el('tbody', {}, indicators.map((one) => indicatorRow(one, byIndicator.get(one.id), known)))))
    return folded(app.t('recommendations.show', { count: app.number(indicators.length, 0) }), make)
  }

  function folded (summary, make) {
    const details = app.el('details', {}, app.el('summary', {}, summary))
    details.addEventListener('toggle', () => { if (details.open && details.children.length === 1) details.append(make()) })
    return details
  }

  /** What was wanted and cannot be measured, by why. */
  function lackingList (rows) {
    const states = [...new Set(rows.map((row) => row.state))]
    return states.map((state) => {
      const some = rows.filter((row) => row.state === state)
      return app.el('div', {},
        app.el('h4', {}, `${app.hasString(`status.${state}`) ? app.t(`status.${state}`) : state} (${app.number(some.length, 0)})`),
        app.el('dl', { class: 'lacking-list' }, some.map((row) => app.el('div', {},
          app.el('dt', {}, app.label(row, 'title')),
          app.el('dd', {}, row.reason_sv ?? '', row.missing_sv ? ` ${app.t('recommendations.needed')} ${row.missing_sv}` : '')))))
    })
  }

  function lacking (rows) {
    if (!rows.length) return null
    return app.el('div', { class: 'lacking' }, app.el('h3', {}, app.t('recommendations.lacking')),
      app.el('p', {}, app.t('recommendations.lacking_lead', { count: app.number(rows.length, 0) })),
      folded(app.t('recommendations.lacking_show', { count: app.number(rows.length, 0) }), () => app.el('div', {}, lackingList(rows))))
  }

  function section (recommendation, status, byIndicator, known) {
    const indicators = app.manifest.indicators.filter((one) => one.recommendation === recommendation.id)
    const levels = indicators.map((one) => byIndicator.get(one.id)?.level).filter(Boolean)
    const withFigure = levels.filter((row) => app.isNumber(row.value)).length
    const wanted = (app.manifest.raw.catalogue_rows ?? []).filter((row) => row.recommendation === recommendation.id)
    const id = `rek-${recommendation.id}`
    return app.el('section', { class: 'recommendation', 'aria-labelledby': id },
      app.el('h2', { id }, `${recommendation.id}. ${app.recommendationName(recommendation.id)}`),
      app.lang === 'sv' ? app.el('p', {}, recommendation.title_sv + '.') : null,
      status?.summary && app.el('p', { class: `summary ${status.summary}` }, app.el('strong', {}, app.t('recommendations.summary')), ` ${app.t(`summary.${status.summary}`)}`,
        status.level_summary && status.gap_summary ? ` (${app.t('recommendations.summary_parts', { level: app.t(`summary.${status.level_summary}`), gap: app.t(`summary.${status.gap_summary}`) })})` : ''),
      app.el('p', {}, app.t('recommendations.measured', { figures: app.number(withFigure, 0), all: app.number(indicators.length, 0) })),
      status && app.el('dl', { class: 'counts' }, LINES.map((line) => countLine(line, status))),
      status && wideningIn(status),
      indicatorTable(id, indicators, byIndicator, known),
      lacking(wanted))
  }

  app.viewRecommendations = async (root, state) => {
    const area = app.manifest.area(state.place)
    const [byIndicator, status] = await Promise.all([app.rowsByIndicator(area.code), statusOf(area.code)])
    const levels = [...byIndicator.values()].map((entry) => entry.level).filter(Boolean)
    const known = { compared: area.level !== 'nation' && levels.some((row) => row.vs_nation), trended: levels.some((row) => row.trend) }
    const homeless = (app.manifest.raw.catalogue_rows ?? []).filter((row) => !app.manifest.recommendation(row.recommendation))
    app.fill(root,
      app.el('div', { class: 'heading' }, app.el('h1', {}, app.t('view.recommendations')),
        app.el('p', { class: 'lead' }, app.t('recommendations.lead', { place: app.inPlace(area) }))),
      app.el('div', { class: 'controls' }, app.placeChooser(state)),
      app.el('p', { class: 'howto' }, app.t('recommendations.howto')),
      levels.some((row) => row.provenance === 'synthetic') ? app.el('p', { class: 'synthetic' }, app.t('recommendations.synthetic')) : null,
      app.manifest.raw.recommendations.map((one) => section(one, status.get(one.id), byIndicator, known)),
      lacking(homeless))
  }
})(globalThis.JamlikPage ??= {})

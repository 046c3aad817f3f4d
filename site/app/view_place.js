/* “Min kommun”: one row per indicator by recommendation, with value, spine, comparison, trend, gap and caution.
   What does not belong here: the detail of an indicator (view_indicator.js). */
(function (app) {
  'use strict'

  /** Signs beside the words, so that neither colour nor shape stands alone. */
  const TREND_SIGN = { improving: '↗', worsening: '↘', rising: '↗', falling: '↘', narrowing: '→←', widening: '←→', no_certain_change: '→', not_assessable: '·' }
  const COMPARE_SIGN = { better: '▲', worse: '▼', above: '▲', below: '▼', no_certain_difference: '=', not_assessable: '·' }

  const HEAD_CLASS = { value: 'num', verdict: 'verdicts-head', trend: 'verdicts-head', gap: 'gap-head' }
  const orderOf = (row) => app.manifest.group(row.dimension, row.group_code).order ?? 0

  /**
   * The rows of an area's file by indicator: {level, levels, gaps, absent}. An indicator that has no figure of the whole population
   * has several levels, one for each group; "level" is then the first. `absent`: why it says nothing about the area.
   */
  app.rowsByIndicator = async (code) => {
    const file = await app.figures(`area/${code}`)
    const byIndicator = new Map()
    for (let index = 0; index < file.partCount; index++) {
      for (const row of app.rowsWhere(await file.part(index), () => true)) {
        const entry = byIndicator.get(row.indicator_id) ?? { level: null, levels: [], gaps: [], absent: null }
        if (row.kind === 'gap') entry.gaps.push(row)
        else if (row.kind === 'absent') entry.absent = row
        else entry.levels.push(row)
        byIndicator.set(row.indicator_id, entry)
      }
    }
    for (const entry of byIndicator.values()) {
      if (entry.levels.some((row) => row.sex === 'total')) entry.levels = entry.levels.filter((row) => row.sex === 'total')
      entry.levels.sort((one, other) => orderOf(one) - orderOf(other))
      entry.level = entry.levels[0] ?? null
    }
    return byIndicator
  }

  /** A figure in its row, or why there is none. */
  app.figureOf = (indicator, row) => {
    if (!row) return app.explained(app.t('status.missing'), app.t('place.not_measured_at_level'), 'absent')
    if (app.isNumber(row.value)) return app.el('span', { class: 'figure' }, app.number(row.value, app.decimals(indicator)))
    const last = app.isNumber(row.last_value)
      ? ' ' + app.t('place.last_known', { value: app.number(row.last_value, app.decimals(indicator)), period: app.period(row.last_period) }) : ''
    return app.explained(app.missing(row.status), app.missingWhy(row.status, row.reason) + '.' + last, 'absent')
  }

  /** A sign and its word for a comparison or a trend; the reason with it where it cannot be assessed; nothing where there is none. */
  function signedWord (sign, stem, code, reason) {
    if (!code) return null
    const word = app.t(`${stem}.${code}`)
    if (code === 'not_assessable') return app.el('span', { class: 'verdict' }, app.explained(word, reason && app.hasString(reason) ? app.t(reason) : '', 'absent'))
    return app.el('span', { class: `verdict ${code}` }, app.el('span', { class: 'sign-of', 'aria-hidden': 'true' }, sign ?? '·'), ' ', word)
  }
  // The arrow says which way the figure goes, the word whether that is for the better.
  app.trendWord = (row) => signedWord(TREND_SIGN[row.kind === 'gap' ? row.trend : row.movement ?? row.trend], 'trend', row.trend, `trend_reason.${row.trend_reason}`)
  app.compareWord = (row) => signedWord(COMPARE_SIGN[row.vs_nation], 'compare', row.vs_nation, `compare_reason.${row.vs_reason}`)

  /** The gap that the row shows: of the dimension that the indicator's own view shows first. */
  function mainGap (indicator, entry) {
    const dimension = app.manifest.defaultDimension(indicator)
    return entry?.gaps.find((gap) => gap.dimension === dimension) ?? entry?.gaps[0]
  }

  function gapCell (indicator, entry) {
    const gap = mainGap(indicator, entry)
    if (!gap) return app.el('span', { class: 'absent' }, app.t('place.no_groups'))
    const name = app.label(app.manifest.dimension(gap.dimension))
    if (!app.isNumber(gap.value)) return app.explained(app.t('status.missing'), `${name}: ${app.gapReason(gap.reason)}`, 'absent')
    const certain = app.certainty(gap.certain)
    return [
      app.explained(app.number(Math.abs(gap.value), app.decimals(indicator)),
        `${name}: ${app.number(Math.abs(gap.value), app.decimals(indicator))} ${app.unitOfDifference(indicator)} ${app.period(gap.period)}, ${certain}`, 'figure'),
      app.el('span', { class: 'gap-name' }, ` ${name.toLowerCase()}`),
      gap.trend && gap.trend !== 'not_assessable' ? app.el('span', { class: 'gap-trend' }, ' ', app.trendWord(gap)) : null
    ]
  }

  function cautions (indicator, row) {
    const words = []
    if (row?.flag) {
      const told = indicator.flags?.find((flag) => flag.flag === row.flag)
      words.push(app.explained(app.t(`flag.${row.flag}`), told?.text_sv, 'flag'))
    } else if (row?.reliability) words.push(app.explained(app.t(`reliability.${row.reliability}`), '', 'flag'))
    return words
  }

  /** The group of a level that is not of the whole population: “kvinnor”. */
  app.groupOfLevel = (row) => row && (row.dimension ?? 'total') !== 'total' ? app.label(app.manifest.group(row.dimension, row.group_code)) : ''

  function rowOf (indicator, entry, row, state) {
    const first = row === entry.level
    const interval = row && app.interval(row.ci_lower, row.ci_upper, app.decimals(indicator))
    return app.el('tr', { class: indicator.core ? 'core' : '' },
      app.el('th', { scope: 'row' }, app.el('a', { href: app.address({ view: 'indicator', indicator: indicator.id }) }, [app.label(indicator, 'title'), app.groupOfLevel(row)].filter(Boolean).join(', ')),
        app.el('span', { class: 'unit' }, `${app.unit(indicator)}${row ? `, ${app.period(row.period)}` : ''}`),
        row?.provenance === 'synthetic' && app.el('strong', { class: 'synthetic' }, app.t('chart.synthetic')),
        app.el('span', { class: 'cautions' }, cautions(indicator, row))),
      app.el('td', { class: 'num' }, app.figureOf(indicator, row), interval && app.el('span', { class: 'interval' }, interval)),
      app.el('td', { class: 'spine-cell' }, row && app.spine(row)),
      state.compared && app.el('td', { class: 'verdicts', 'data-head': app.t('place.column.verdict') }, row && app.compareWord(row)),
      state.trended && app.el('td', { class: 'verdicts', 'data-head': app.t('place.column.trend') }, row && app.trendWord(row)),
      app.el('td', { class: 'gap', 'data-head': app.t('place.column.gap') }, first && gapCell(indicator, entry)))
  }

  const rowsOf = (indicator, entry, state) => entry.levels.map((row) => rowOf(indicator, entry, row, state))

  const heads = (state) => ['indicator', 'value', 'spine', state.compared && 'verdict', state.trended && 'trend', 'gap'].filter(Boolean).map((key) =>
    app.el('th', { scope: 'col', class: HEAD_CLASS[key] }, app.t(`place.column.${key}`)))

  /** The table that the downloads hold: every row in words and numbers. */
  function exported (area, byIndicator) {
    const rows = []
    for (const indicator of app.manifest.indicators) {
      const entry = byIndicator.get(indicator.id)
      const gap = entry && mainGap(indicator, entry)
      for (const row of entry?.levels ?? []) rows.push(app.withTexts({
        ...row,
        place: app.placeName(area),
        recommendation: `${indicator.recommendation}. ${app.recommendationName(indicator.recommendation)}`,
        title: app.label(indicator, 'title'),
        group: app.groupOfLevel(row),
        unit: app.unit(indicator),
        period_text: app.period(row.period),
        gap_name: gap ? app.label(app.manifest.dimension(gap.dimension)) : '',
        gap: gap?.value ?? null,
        certain_text: gap && app.isNumber(gap.value) ? app.certainty(gap.certain) : ''
      }))
    }
    const text = (key, title) => ({ key, title, kind: 'text' })
    return {
      title: app.t('place.title', { place: app.placeName(area) }),
      columns: [
        text('place', app.t('table.place')), text('recommendation', app.t('table.recommendation')), text('title', app.t('table.indicator')), text('group', app.t('table.group')), text('unit', app.t('table.unit')),
        text('period_text', app.t('table.period')), ...app.figureColumns(app.t('table.value'), 1),
        { key: 'p25', title: app.t('table.p25'), kind: 'number' }, { key: 'p50', title: app.t('table.p50'), kind: 'number' }, { key: 'p75', title: app.t('table.p75'), kind: 'number' },
        { key: 'county_value', title: app.t('legend.county'), kind: 'number' }, { key: 'nation_value', title: app.t('legend.nation'), kind: 'number' },
        text('gap_name', app.t('table.split')), { key: 'gap', title: app.t('table.difference'), kind: 'number' }, text('certain_text', app.t('table.certain'))
      ],
      rows,
      synthetic: app.isSynthetic(rows)
    }
  }

  app.viewPlace = async (root, state) => {
    const area = app.manifest.area(state.place)
    const byIndicator = await app.rowsByIndicator(area.code)
    const entries = [...byIndicator.values()].map((entry) => entry.level).filter(Boolean)
    const known = { compared: area.level !== 'nation' && entries.some((row) => row.vs_nation), trended: entries.some((row) => row.trend) }
    const figures = entries.filter((row) => app.isNumber(row.value)).length
    const sections = app.manifest.raw.recommendations.map((recommendation) => {
      const indicators = app.manifest.indicators.filter((one) => one.recommendation === recommendation.id && byIndicator.get(one.id)?.levels.length)
      if (!indicators.length) return null
      const id = `rek-${recommendation.id}`
      return app.el('section', { 'aria-labelledby': id, class: recommendation.id === 1 ? 'recommendation first' : 'recommendation' },
        app.el('h2', { id }, `${recommendation.id}. ${app.recommendationName(recommendation.id)}`),
        app.el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-labelledby': id },
          app.el('table', { class: 'place-table', 'aria-labelledby': id },
            app.el('thead', {}, app.el('tr', {}, heads(known))),
            app.el('tbody', {}, indicators.map((indicator) => rowsOf(indicator, byIndicator.get(indicator.id), known))))))
    })
    const table = () => exported(area, byIndicator)
    app.fill(root,
      app.el('div', { class: 'heading' },
        app.el('h1', {}, app.placeName(area)),
        app.el('p', { class: 'lead' }, app.t('place.lead', { figures: app.number(figures, 0), all: app.number(app.manifest.indicators.length, 0) }))),
      app.el('div', { class: 'controls' }, app.placeChooser(state)),
      app.el('div', { class: 'howto' },
        app.el('p', {}, app.el('strong', {}, app.t('reading.title')), ' ', app.readingOfSpine(area)),
        app.spineLegend(area)),
      sections,
      app.downloads({ title: app.placeName(area), name: () => ['jamlik', area.name], table, synthetic: () => app.isSynthetic(entries) }))
  }
})(globalThis.JamlikPage ??= {})

/* “Min kommun”: one row per indicator by recommendation, with value, spine, comparison, trend, gap and caution.
   What does not belong here: the detail of an indicator (view_indicator.js). */
(function (app) {
  'use strict'

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
      ? ' ' + app.t('place.last_known', { value: app.number(row.last_value, app.decimals(indicator)), period: app.periodAndAge(row.last_period) }) : ''
    return app.explained(app.missing(row.status), app.missingWhy(row.status, row.reason) + '.' + last, 'absent')
  }

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
    const certain = app.certainty(gap)
    return [
      app.explained(app.number(Math.abs(gap.value), app.decimals(indicator)),
        `${name}: ${app.number(Math.abs(gap.value), app.decimals(indicator))} ${app.unitOfDifference(indicator)} ${app.periodAndAge(gap.period)}, ${certain}`, 'figure'),
      app.el('span', { class: 'gap-name' }, ` ${name.toLowerCase()}`),
      (app.verdictOf(gap, 'trend') ?? 'not_assessable') !== 'not_assessable' ? app.el('span', { class: 'gap-trend' }, ' ', app.trendWord(gap)) : null
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
  app.groupOfLevel = (row) => row && (row.dimension ?? 'total') !== 'total' ? app.whose({ dimension: row.dimension, group: row.group_code, sex: row.sex }) : ''

  /** A level's name, whose it is included, as a link to the indicator of the very group. */
  app.levelLink = (indicator, row) => app.el('a', { href: app.address({ view: 'indicator', indicator: indicator.id, ...(row?.dimension === 'sex' ? { sex: row.sex } : {}) }) },
    [app.label(indicator, 'title'), app.groupOfLevel(row)].filter(Boolean).join(', '))

  /**
   * How many indicators have a figure of the place, from which years, and how many are made up: {figures, madeUp, oldest, newest, recent}; `recent`: how many are of the newest year.
   * `entries`: of app.rowsByIndicator. An indicator that only groups have figures of counts where any group has one.
   */
  app.countFigures = (entries) => {
    const found = entries.map((entry) => entry.levels.find((row) => app.isNumber(row.value))).filter(Boolean)
    const years = found.filter((row) => !app.isMadeUp(row)).map((row) => app.yearOf(row.period)).sort((one, other) => one - other)
    return { figures: years.length, madeUp: found.length - years.length, oldest: years[0], newest: years.at(-1), recent: years.filter((year) => year === years.at(-1)).length }
  }

  /** That in a sentence, `all` being the indicators there are: how many, how old. */
  app.coverageSentence = (entries, all) => {
    const { figures, madeUp, oldest, newest, recent } = app.countFigures(entries)
    const count = (number) => app.number(number, 0)
    const key = !figures ? 'coverage.none' : oldest === newest ? 'coverage.one_year' : 'coverage.years'
    return [app.t(key, { figures: count(figures), all: count(all), oldest, newest, recent: count(recent), age: figures && count(app.age(String(newest))) }), madeUp && app.t('coverage.made_up', { count: count(madeUp) })].filter(Boolean).join(' ')
  }

  /** For how many and which of its indicators a place has figures newer than most of the release is; `entries`: [[indicator, entry]]. */
  app.newerSentence = (entries, area) => {
    const NAMED = 5
    const place = app.inPlace(area)
    const real = (entry) => entry.levels.filter((row) => app.isNumber(row.value) && !app.isMadeUp(row))
    const newer = entries.filter(([, entry]) => real(entry).some((row) => app.yearOf(row.period) > app.manifest.raw.newer_than))
    const values = { place, year: app.manifest.raw.newer_than, count: app.number(newer.length, 0), indicators: app.t(newer.length === 1 ? 'newer.indicator' : 'newer.indicators') }
    if (!newer.length) return app.t('newer.none', values)
    const names = newer.slice(0, NAMED).map(([indicator]) => app.label(indicator, 'title')).join('; ')
    const more = newer.length > NAMED ? app.t('newer.more', { count: app.number(newer.length - NAMED, 0) }) : ''
    return app.t('newer.some', { ...values, names: names + more })
  }

  /** How many of the source tables are overdue for reading, in a sentence; nothing where none is. */
  app.staleSentence = () => {
    const read = Object.values(app.manifest.raw.sources ?? {}).filter((source) => source.freshness)
    const stale = read.filter((source) => source.freshness === 'stale').length
    return stale ? app.t('coverage.stale', { stale: app.number(stale, 0), all: app.number(read.length, 0) }) : ''
  }

  function rowOf (indicator, entry, row, state) {
    const first = row === entry.level
    const interval = row && app.interval(row.ci_lower, row.ci_upper, app.decimals(indicator))
    return app.el('tr', { class: indicator.core ? 'core' : '' },
      app.el('th', { scope: 'row' }, app.levelLink(indicator, row),
        app.el('span', { class: 'unit' }, `${app.unit(indicator)}${row ? `, ${app.periodAndAge(row.period)}` : ''}`),
        app.isMadeUp(row) && app.el('strong', { class: 'synthetic' }, app.t('chart.synthetic')),
        app.el('span', { class: 'cautions' }, cautions(indicator, row))),
      app.el('td', { class: 'num' }, app.figureOf(indicator, row), interval && app.el('span', { class: 'interval' }, interval)),
      app.el('td', { class: 'spine-cell' }, row && app.spine(row)),
      state.compared && app.el('td', { class: 'verdicts', 'data-head': app.t('place.column.verdict') }, row && app.compareWord(row)),
      state.trended && app.el('td', { class: 'verdicts', 'data-head': app.t('place.column.trend') }, row && app.trendWord(row)),
      app.el('td', { class: 'gap', 'data-head': app.t('place.column.gap') }, first && gapCell(indicator, entry)))
  }

  const rowsOf = (indicator, entry, state) => [...entry.levels.map((row) => rowOf(indicator, entry, row, state)), app.nationRow(indicator, state.area, heads(state).length)]

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
        certain_text: gap && app.isNumber(gap.value) ? app.certainty(gap) : ''
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

  /** Which columns of verdicts have anything in them. */
  app.judgedColumns = (area, levels) => ({
    compared: area.level !== 'nation' && levels.some((row) => app.verdictOf(row, 'vs_nation')), trended: levels.some((row) => app.verdictOf(row, 'trend'))
  })

  app.viewPlace = async (root, state) => {
    const area = app.manifest.area(state.place)
    const byIndicator = await app.rowsByIndicator(area.code)
    const entries = [...byIndicator.values()].map((entry) => entry.level).filter(Boolean)
    const known = { ...app.judgedColumns(area, entries), area }
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
        app.el('p', { class: 'lead newer' }, app.newerSentence(app.manifest.indicators.map((one) => [one, byIndicator.get(one.id)]).filter(([, entry]) => entry), area)),
        app.el('p', { class: 'lead' }, [app.coverageSentence([...byIndicator.values()], app.manifest.indicators.length), app.staleSentence(), app.t('place.lead')].filter(Boolean).join(' '))),
      app.el('div', { class: 'controls' }, app.placeChooser(state)),
      app.el('div', { class: 'howto' },
        app.el('p', {}, app.el('strong', {}, app.t('reading.title')), ' ', app.readingOfSpine(area)),
        app.spineLegend(area)),
      sections,
      app.downloads({ title: app.placeName(area), name: () => ['jamlik', area.name], table, synthetic: () => app.isSynthetic(entries) }))
  }
})(globalThis.JamlikPage ??= {})

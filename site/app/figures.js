/* Which figures a view shows: picked out of an indicator's file for a place, a dimension, a sex and a period.
   What does not belong here: fetching (data.js), sentences (reading.js), drawing (chart_data.js). */
(function (app) {
  'use strict'

  // Only what is shown is decoded: half the time.
  const KEY = ['area_code', 'period', 'year', 'dimension', 'sex']
  const FIGURE = ['value', 'ci_lower', 'ci_upper', 'status', 'reason', 'provenance']
  const COLUMNS = {
    whole: [...KEY, ...FIGURE, 'group_code', 'reliability', 'break_before', 'segment', 'rank', 'map_class'],
    splits: [...KEY, ...FIGURE, 'group_code', 'reliability', 'break_before', 'segment'],
    gaps: [...KEY, ...FIGURE, 'kind', 'stratum', 'certain']
  }

  const byYear = (one, other) => one.year - other.year || String(one.period).localeCompare(String(other.period))

  const matches = (key) => (i, c) => c.dimension[i] === key.dimension && c.group_code[i] === key.group && c.sex[i] === key.sex

  /** One area's groups in the chosen period. The split by sex holds one row a sex; other splits are for one sex. */
  function groupsThen (part, code, { dimension, sex, period }) {
    return app.rowsOfArea(part, code, (i, c) => c.dimension[i] === dimension && c.period[i] === period
      && (dimension === 'sex' || c.sex[i] === sex))
  }

  /** One area's gaps of a kind ('d' or 'r') over time. */
  function gapsOverTime (gaps, code, kind, { dimension, sex }) {
    return app.rowsOfArea(gaps, code, (i, c) => c.kind[i] === kind && c.dimension[i] === dimension && c.stratum[i] === 'total'
      && c.sex[i] === (dimension === 'sex' ? 'total' : sex)).sort(byYear)
  }

  /** What the release itself says of the place's levels and gaps: comparison and trend; nothing where that file cannot be read. */
  async function followed (state, area) {
    try {
      const entry = (await app.rowsByIndicator(area.code)).get(state.indicator)
      return { levels: entry?.levels ?? [], gaps: Object.fromEntries((entry?.gaps ?? []).map((gap) => [gap.dimension, gap])) }
    } catch { return { levels: [], gaps: {} } }
  }

  /** Whose groups are contrasted: all, or of a split by something else than sex the chosen sex. */
  app.splitKey = (state) => ({ dimension: 'total', group: 'total', sex: state.dimension === 'sex' ? 'total' : state.sex })

  /**
   * All that the view of an indicator shows.
   * Returns {state, indicator, area, followed, places: [{role, area, trend, groups, difference, ratio}], all: rows of the period, and the keys
   * (dimension, group, sex) of the series over time and of the map}.
   */
  app.gather = async (state) => {
    const manifest = app.manifest
    const indicator = manifest.indicator(state.indicator)
    const area = manifest.area(state.place)
    const beside = followed(state, area) // asked for at the same time
    const file = await app.figures(`indicator/${indicator.id}`)
    const shown = [{ role: 'chosen', area }, ...manifest.comparedWith(area)]
    const codes = shown.map((one) => one.area.code)
    const [whole, splits, gaps] = await Promise.all([
      file.part(indicator.parts?.whole, COLUMNS.whole), file.areas(indicator.parts?.splits, codes, COLUMNS.splits), file.areas(indicator.parts?.gaps, codes, COLUMNS.gaps)
    ])
    const base = manifest.baseOf(indicator)
    const key = manifest.levelKey(indicator, state.sex)
    // All municipalities: of the base series, where rank and class are; both sexes together if there is such a figure.
    const mapKey = manifest.levelKey(indicator, base === 'total' ? 'total' : state.sex)
    const mapped = matches(mapKey)
    const places = shown.map(({ role, area: one }) => ({
      role,
      area: one,
      trend: app.rowsOfArea(key.dimension === base ? whole : splits, one.code, matches(key)).sort(byYear),
      groups: groupsThen(state.dimension === base ? whole : splits, one.code, state),
      difference: gapsOverTime(gaps, one.code, 'd', state),
      ratio: gapsOverTime(gaps, one.code, 'r', state)
    }))
    const all = app.rowsWhere(whole, (i, c) => c.period[i] === state.period && mapped(i, c),
      ['area_code', 'value', 'ci_lower', 'ci_upper', 'status', 'reason', 'reliability', 'provenance', 'rank', 'map_class'])
    return { state, indicator, area, places, all, key, mapKey, followed: await beside }
  }

  /** The rows that hold a figure. */
  app.withFigure = (rows) => rows.filter((row) => app.isNumber(row.value))

  /** Whether any of the rows is made up. */
  app.isSynthetic = (rows) => rows.some(app.isMadeUp)

  /** A gap's reason in words; it has parts joined by “; ”. */
  app.gapReason = (reason) => (reason ?? '').split('; ').filter(Boolean)
    .map((part) => app.hasString(`gap_reason.${part}`) ? app.t(`gap_reason.${part}`) : part).join('; ')

  /**
   * How a gap changed between the first and the last period that can be compared: {first, last}; nothing with fewer than two.
   * Nothing is compared across a break in the series: of `rows`, sorted by year, only those after the last of the `breaks`
   * (the periods that a break lies before) count.
   */
  app.changeOf = (rows, breaks) => {
    const figures = app.withFigure(rows).filter((row) => row.status !== 'refused')
    const start = (breaks ?? []).filter((period) => figures.length && period <= figures.at(-1).period).sort().at(-1) ?? ''
    const usable = figures.filter((row) => row.period >= start)
    return usable.length < 2 ? null : { first: usable[0], last: usable.at(-1) }
  }

  /** Whether the intervals of two rows overlap, which does not say whether the rows differ; false without both intervals. */
  app.overlap = (one, other) => [one?.ci_lower, one?.ci_upper, other?.ci_lower, other?.ci_upper].every(app.isNumber)
    && one.ci_lower <= other.ci_upper && one.ci_upper >= other.ci_lower
})(globalThis.JamlikPage ??= {})

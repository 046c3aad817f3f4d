/* The sentences that say how a chart is read, made out of what it shows.
   What does not belong here: the words themselves, which are in the strings file. */
(function (app) {
  'use strict'

  /** “Motala”, “Östergötlands län”, “riket”: as it stands after “i”. */
  app.inPlace = (area) => area.level === 'nation' ? app.t('place.nation_within') : area.name

  const figure = (indicator, value) => `${app.number(value, app.decimals(indicator))} ${app.unit(indicator)}`
  const withInterval = (row, decimals) => {
    const interval = app.interval(row.ci_lower, row.ci_upper, decimals)
    return interval ? ` (${interval})` : ''
  }

  /** The rows of a place in one period. */
  const rowThen = (rows, period) => rows.find((row) => row.period === period)

  /** How the place compares with the nation: as the release says, else by whether the intervals lie apart. */
  function comparison (row, theirs, told) {
    if (!told?.vs_nation) return app.certainty(app.apart(row, theirs))
    if (told.vs_nation === 'not_assessable') {
      const reason = `compare_reason.${told.vs_reason}`
      return app.certainty('not_assessable') + (app.hasString(reason) ? ` (${app.t(reason)})` : '')
    }
    return app.certainty(told.vs_nation === 'no_certain_difference' ? 'no' : 'yes')
  }

  /** Why a trend cannot be assessed, in brackets; nothing where it can or no reason is known. */
  function because (told) {
    const reason = `trend_reason.${told.trend_reason}`
    return told.trend === 'not_assessable' && app.hasString(reason) ? ` (${app.t(reason)})` : ''
  }

  /** The place's level in the period, and whether it differs from the nation's. */
  function levelSentences ({ indicator, area, places, state, followed }) {
    const row = rowThen(places[0].trend, state.period) ?? app.withFigure(places[0].trend).at(-1)
    if (!row) return [app.t('brief.no_level', { place: app.inPlace(area), period: app.period(state.period) })]
    if (!app.isNumber(row.value)) {
      const last = app.withFigure(places[0].trend).at(-1)
      return [app.t('brief.missing', { place: app.inPlace(area), period: app.period(row.period), status: app.missing(row.status), why: app.missingWhy(row.status, row.reason) }),
        last && app.t('brief.last', { value: figure(indicator, last.value), period: app.period(last.period) })]
    }
    const sentences = [app.t('brief.level', {
      place: app.inPlace(area), value: figure(indicator, row.value), interval: withInterval(row, app.decimals(indicator)), period: app.period(row.period)
    })]
    // The release's own comparison and trend, where they are of this very series and period.
    const told = followed.level && state.sex === 'total' && followed.level.dimension === 'total' && followed.level.period === row.period ? followed.level : null
    const nation = places.find((one) => one.role === 'nation')
    const theirs = nation && rowThen(nation.trend, row.period)
    if (theirs && app.isNumber(theirs.value)) {
      sentences.push(app.t('brief.nation', { value: app.number(theirs.value, app.decimals(indicator)), certain: comparison(row, theirs, told) }))
    }
    if (told?.trend) {
      sentences.push(app.t(`brief.trend_${told.trend}`, { place: app.inPlace(area), from: app.period(told.trend_first), reason: because(told) }))
    }
    return sentences
  }

  /** The two groups that a gap is between: the ends of an ordered dimension, else the lowest and the highest; {lower, higher}. */
  app.endsOf = (dimension, groups) => {
    const rows = app.withFigure(groups)
    if (rows.length < 2) return null
    const order = (row) => app.manifest.group(dimension, row.group_code).order ?? 999
    const key = app.manifest.dimension(dimension).ordered ? order : (row) => row.value
    const sorted = [...rows].sort((one, other) => key(one) - key(other))
    const [lower, higher] = [sorted[0], sorted.at(-1)].sort((one, other) => one.value - other.value)
    return { lower, higher }
  }

  const groupName = (dimension, row) => app.label(app.manifest.group(dimension, row.group_code))

  /** How large the gap is in the chosen period, and whether it is closing. */
  function gapSentences ({ indicator, area, places, state, followed }) {
    const { difference, groups } = places[0]
    const dimension = app.manifest.dimension(state.dimension)
    if (!difference.length) return []
    const decimals = app.decimals(indicator)
    const gap = rowThen(difference, state.period) ?? app.withFigure(difference).at(-1) ?? difference.at(-1)
    if (!app.isNumber(gap.value)) {
      return [app.t('brief.no_gap', { place: app.inPlace(area), dimension: app.label(dimension).toLowerCase(), period: app.period(gap.period), why: app.gapReason(gap.reason) })]
    }
    const size = { ...gap, ...(gap.value < 0 ? { value: -gap.value, ci_lower: -gap.ci_upper, ci_upper: -gap.ci_lower } : {}) }
    if (!app.isNumber(gap.ci_lower)) size.ci_lower = null
    const ends = gap.period === state.period ? app.endsOf(state.dimension, groups) : null
    const values = {
      place: app.inPlace(area), dimension: app.label(dimension).toLowerCase(), period: app.period(gap.period), value: app.number(size.value, decimals),
      unit: app.unitOfDifference(indicator), interval: withInterval(size, decimals), certain: app.t(`brief.certain_${gap.certain}`),
      higher: ends && groupName(state.dimension, ends.higher), lower: ends && groupName(state.dimension, ends.lower)
    }
    const known = ['yes', 'no'].includes(gap.certain) ? '' : '_unknown'
    return [app.t((ends ? 'brief.gap_between' : 'brief.gap') + known, values), ...changeSentences(indicator, difference, state, followed.gaps[state.dimension])]
  }

  /** The rows between the first and the last period of a trend. */
  const within = (rows, { trend_first: first, trend_last: last }) => {
    const index = (period) => rows.findIndex((row) => row.period === period)
    return index(first) >= 0 && index(last) >= 0 ? rows.slice(index(first), index(last) + 1) : rows
  }

  /** Whether the gap grows or closes. The release's own trend decides what is certain, where it is of this series and period. */
  function changeSentences (indicator, difference, state, trend) {
    const decimals = app.decimals(indicator)
    const told = trend?.trend && (state.sex === 'total' || state.dimension === 'sex') && trend.period === state.period ? trend : null
    const until = difference.filter((row) => row.year <= (rowThen(difference, state.period)?.year ?? Infinity))
    const change = app.changeOf(told ? within(until, told) : until, indicator.breaks)
    if (!change) return [app.t('brief.gap_one_period')]
    if (told) change.certain = { no_certain_change: 'no', not_assessable: 'not_assessable' }[told.trend] ?? 'yes'
    const { first, last } = change
    const values = {
      from: app.period(first.period), to: app.period(last.period), was: app.number(Math.abs(first.value), decimals), now: app.number(Math.abs(last.value), decimals),
      unit: app.unitOfDifference(indicator)
    }
    const turned = Math.sign(first.value) * Math.sign(last.value) < 0
    const growth = Math.abs(last.value) - Math.abs(first.value)
    const kind = turned ? 'turned' : Number(growth.toFixed(decimals)) === 0 ? 'same' : growth > 0 ? 'grown' : 'shrunk'
    // Over many years the line can lean the other way than its two ends do: then only the release's word is given.
    const against = told && ((told.trend === 'widening' && kind === 'shrunk') || (told.trend === 'narrowing' && kind === 'grown'))
    if (against) return [app.t('brief.trend', { from: values.from, to: values.to, word: app.t(`trend.${told.trend}`) })]
    const reason = told ? because(told) : ''
    return [app.t(`brief.gap_${kind}`, values), kind === 'same' ? null : app.t(`brief.change_${change.certain}`, { reason })]
  }

  /** “I korthet”: what a reader came for, in sentences. */
  app.briefly = (gathered) => [levelSentences(gathered), gapSentences(gathered)]
    .map((sentences) => sentences.filter(Boolean).join(' ')).filter(Boolean)

  app.readingOfSpine = (area) => app.t(area.level === 'nation' ? 'reading.spine_nation' : 'reading.spine', { place: app.placeName(area) })

  const missingAmong = (gathered, rowsOf) => {
    const lacking = gathered.places.filter((one) => !app.withFigure(rowsOf(one)).length).map((one) => app.placeName(one.area))
    return lacking.length ? ' ' + app.t('reading.missing', { places: lacking.join(', ') }) : ''
  }

  /** How each chart is read; one sentence or a few, out of what is in it. */
  app.readings = {
    equiplot: (gathered) => {
      const { indicator, area, places, state } = gathered
      const ends = app.endsOf(state.dimension, places[0].groups)
      const shown = ends ? ' ' + app.t('reading.equiplot_ends', {
        place: app.inPlace(area), lower: groupName(state.dimension, ends.lower), low: figure(indicator, ends.lower.value), higher: groupName(state.dimension, ends.higher), high: figure(indicator, ends.higher.value)
      }) : ''
      return app.t('reading.equiplot') + shown + missingAmong(gathered, (one) => one.groups)
    },
    trend: (gathered) => {
      const { indicator, area, places } = gathered
      const rows = app.withFigure(places[0].trend)
      const span = rows.length > 1 ? ' ' + app.t('reading.trend_span', {
        place: app.inPlace(area), from: app.period(rows[0].period), to: app.period(rows.at(-1).period), first: app.number(rows[0].value, app.decimals(indicator)), last: figure(indicator, rows.at(-1).value)
      }) : rows.length === 1 ? ' ' + app.t('reading.trend_one') : ''
      const broken = places[0].trend.some((row) => row.break_before)
      const intervals = rows.some((row) => app.isNumber(row.ci_lower))
      return app.t('reading.trend') + ' ' + app.t(intervals ? 'reading.band' : 'reading.no_band') + span + (broken ? ' ' + app.t('reading.break') : '') + missingAmong(gathered, (one) => one.trend)
    },
    gap: (gathered) => {
      const rows = app.withFigure(gathered.places[0].difference)
      return app.t('reading.gap', { unit: app.unitOfDifference(gathered.indicator) }) + (rows.length === 1 ? ' ' + app.t('reading.trend_one') : '') + missingAmong(gathered, (one) => one.difference)
    },
    map: (gathered) => {
      const places = gathered.all.filter((row) => row.area_code.length === (gathered.state.level === 'county' ? 2 : 4) && row.area_code !== '00')
      const figures = app.withFigure(places).length
      return app.t(gathered.state.level === 'county' ? 'reading.map_county' : 'reading.map', { figures: app.number(figures, 0), period: app.period(gathered.state.period) })
    },
    caterpillar: (gathered) => {
      const rows = app.withFigure(gathered.all.filter((row) => row.area_code.length === 4))
      const own = rows.find((row) => row.area_code === gathered.area.code)
      const withIntervals = rows.filter((row) => app.isNumber(row.ci_lower))
      const alike = own && app.isNumber(own.ci_lower)
        ? ' ' + app.t('reading.caterpillar_own', { place: gathered.area.name, alike: app.number(withIntervals.filter((row) => row !== own && app.apart(row, own) === 'no').length, 0) }) : ''
      return app.t(withIntervals.length ? 'reading.caterpillar' : 'reading.caterpillar_plain', { count: app.number(rows.length, 0) }) + alike
    }
  }
})(globalThis.JamlikPage ??= {})

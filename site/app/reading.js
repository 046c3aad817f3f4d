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

  /** The reason in brackets, if it has words: “ (för få år att jämföra)”. */
  const because = (key) => app.hasString(key) ? ` (${app.t(key)})` : ''

  /** The release's own row of the very series and period that is shown, with its comparison and trend; none for another sex or year. */
  const followedLevel = ({ followed, key }, period) => followed.levels.find((row) =>
    row.dimension === key.dimension && row.group_code === key.group && row.sex === key.sex && row.period === period)

  /** The place's level in the period, whose it is, and whether it differs from the nation's. */
  function levelSentences (gathered) {
    const { indicator, area, places, state, key } = gathered
    const row = rowThen(places[0].trend, state.period) ?? app.withFigure(places[0].trend).at(-1)
    const named = { place: app.inPlace(area), whom: app.forWhom(key), period: app.period(row?.period ?? state.period) }
    if (!row) return [app.t('brief.no_level', named)]
    if (!app.isNumber(row.value)) {
      const last = app.withFigure(places[0].trend).at(-1)
      return [app.t('brief.missing', { ...named, status: app.missing(row.status), why: app.missingWhy(row.status, row.reason) }),
        last && app.t('brief.last', { value: figure(indicator, last.value), period: app.periodAndAge(last.period) })]
    }
    const told = followedLevel(gathered, row.period)
    const nation = places.find((one) => one.role === 'nation')
    const theirs = nation && rowThen(nation.trend, row.period)
    const trend = told && app.verdictOf(told, 'trend')
    return [
      app.t('brief.level', { ...named, value: figure(indicator, row.value), interval: withInterval(row, app.decimals(indicator)) }),
      app.ageWord(row.period) && app.t('brief.old', { age: app.ageWord(row.period) }),
      app.isMadeUp(row) && app.t('brief.made_up'),
      ...(theirs && app.isNumber(theirs.value) ? nationSentences(indicator, key, theirs, told) : []),
      trend && app.t(`brief.trend_${trend}`, { place: app.inPlace(area), from: app.period(told.trend_first), to: app.period(told.trend_last), reason: because(`trend_reason.${told.trend_reason}`) })
    ]
  }

  function nationSentences (indicator, key, theirs, told) {
    const verdict = told && app.verdictOf(told, 'vs_nation')
    return [app.t('brief.nation', { whom: app.forWhom(key), value: figure(indicator, theirs.value) }),
      verdict && app.t(`brief.compare_${app.comparedCode(told)}`, { reason: because(`compare_reason.${told.vs_reason}`) })]
  }

  const byValue = (rows) => [...rows].sort((one, other) => one.value - other.value)

  /** The groups with the lowest and the highest figure; {lower, higher}. */
  app.extremesOf = (groups) => {
    const sorted = byValue(app.withFigure(groups))
    return sorted.length < 2 ? null : { lower: sorted[0], higher: sorted.at(-1) }
  }

  /** The two groups that a gap is between: the ends of an ordered dimension, else the lowest and the highest; {lower, higher}. */
  app.endsOf = (dimension, groups) => {
    if (!app.manifest.dimension(dimension).ordered) return app.extremesOf(groups)
    const order = (row) => app.manifest.group(dimension, row.group_code).order ?? 999
    const sorted = app.withFigure(groups).sort((one, other) => order(one) - order(other))
    return sorted.length < 2 ? null : app.extremesOf([sorted[0], sorted.at(-1)])
  }

  const groupName = (dimension, row) => app.label(app.manifest.group(dimension, row.group_code))

  // A gap of an indicator with a target is between distances from the target, which the groups' own figures do not show.
  const isOfDistance = (gap) => (gap.reason ?? '').split('; ').includes('of the distance from the target')

  /** How large the gap is in the chosen period, and whether it is closing. */
  function gapSentences (gathered) {
    const { indicator, area, places, state } = gathered
    const { difference, groups } = places[0]
    if (!difference.length) return []
    const decimals = app.decimals(indicator)
    const gap = rowThen(difference, state.period) ?? app.withFigure(difference).at(-1) ?? difference.at(-1)
    const named = {
      place: app.inPlace(area), whom: app.forWhom(app.splitKey(state)), dimension: app.label(app.manifest.dimension(state.dimension)).toLowerCase(), period: app.period(gap.period)
    }
    if (!app.isNumber(gap.value)) return [app.t('brief.no_gap', { ...named, why: app.gapReason(gap.reason) })]
    const size = { ...gap, ...(gap.value < 0 ? { value: -gap.value, ci_lower: -gap.ci_upper, ci_upper: -gap.ci_lower } : {}) }
    if (!app.isNumber(gap.ci_lower)) size.ci_lower = null
    const ends = gap.period === state.period && !isOfDistance(gap) ? app.endsOf(state.dimension, groups) : null
    const kind = isOfDistance(gap) ? 'brief.gap_target' : ends ? 'brief.gap_between' : 'brief.gap'
    const certain = app.certainOf(gap)
    return [
      app.t(kind, {
        ...named, value: app.number(size.value, decimals), unit: app.unitOfDifference(indicator), interval: withInterval(size, decimals),
        higher: ends && groupName(state.dimension, ends.higher), lower: ends && groupName(state.dimension, ends.lower),
        high: ends && app.number(ends.higher.value, decimals), low: ends && app.number(ends.lower.value, decimals)
      }),
      app.t(`brief.certain_${certain}`, { reason: certain === 'not_assessable' && gap.reason ? ` (${app.gapReason(gap.reason)})` : '' }),
      ...(certain === 'synthetic' ? [] : changeSentences(gathered, gap))
    ]
  }

  /** The rows between the first and the last period of a trend; none where they are not both there. */
  const within = (rows, { trend_first: first, trend_last: last }) => {
    const index = (period) => rows.findIndex((row) => row.period === period)
    return index(first) >= 0 && index(last) >= 0 ? rows.slice(index(first), index(last) + 1) : []
  }

  /** Whether the gap grows or closes. Only the release's own trend says what is certain, where it is of this series and period. */
  function changeSentences ({ indicator, places, state, followed }, gap) {
    const decimals = app.decimals(indicator)
    const until = places[0].difference.filter((row) => row.year <= gap.year)
    const trend = followed.gaps[state.dimension]
    const ofThis = trend && app.verdictOf(trend, 'trend') && app.splitKey(state).sex === 'total' && trend.period === gap.period && within(until, trend).length > 1
    const told = ofThis ? trend : null
    const change = app.changeOf(told ? within(until, told) : until, indicator.breaks)
    if (!change) return [app.t('brief.gap_one_period')]
    const { first, last } = change
    const values = {
      from: app.period(first.period), to: app.period(last.period), was: app.number(Math.abs(first.value), decimals), now: app.number(Math.abs(last.value), decimals),
      unit: app.unitOfDifference(indicator)
    }
    const turned = Math.sign(first.value) * Math.sign(last.value) < 0
    const growth = Math.abs(last.value) - Math.abs(first.value)
    const kind = turned ? 'turned' : values.was === values.now ? 'same' : growth > 0 ? 'grown' : 'shrunk'
    if (!told) return [app.t(`brief.gap_${kind}`, values), app.t('brief.change_not_judged')]
    // Over many years the line can lean the other way than its two ends do: then only the release's word is given.
    const against = (told.trend === 'widening' && kind !== 'grown') || (told.trend === 'narrowing' && kind !== 'shrunk')
    if (against) return [app.t('brief.trend', { from: values.from, to: values.to, word: app.t(`trend.${told.trend}`) })]
    const certain = { no_certain_change: 'no', not_assessable: 'not_assessable' }[told.trend] ?? 'yes'
    return [app.t(`brief.gap_${kind}`, values), app.t(`brief.change_${certain}`, { reason: because(`trend_reason.${told.trend_reason}`) })]
  }

  /** “I korthet”: what a reader came for, in sentences. */
  app.briefly = (gathered) => [levelSentences(gathered), gapSentences(gathered), ...app.nationParagraphs(gathered.indicator, gathered.area)]
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
      const ends = app.extremesOf(places[0].groups)
      const shown = ends ? ' ' + app.t('reading.equiplot_ends', {
        place: app.inPlace(area), whom: app.forWhom(app.splitKey(state)), lower: groupName(state.dimension, ends.lower), low: figure(indicator, ends.lower.value), higher: groupName(state.dimension, ends.higher), high: figure(indicator, ends.higher.value)
      }) : ''
      return app.t('reading.equiplot') + shown + missingAmong(gathered, (one) => one.groups)
    },
    trend: (gathered) => {
      const { indicator, area, places } = gathered
      const rows = app.withFigure(places[0].trend)
      const span = rows.length > 1 ? ' ' + app.t('reading.trend_span', {
        place: app.inPlace(area), whom: app.forWhom(gathered.key), from: app.period(rows[0].period), to: app.period(rows.at(-1).period), first: app.number(rows[0].value, app.decimals(indicator)), last: figure(indicator, rows.at(-1).value)
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
        ? ' ' + app.t('reading.caterpillar_own', { place: gathered.area.name, alike: app.number(withIntervals.filter((row) => row !== own && app.overlap(row, own)).length, 0) }) : ''
      return app.t(withIntervals.length ? 'reading.caterpillar' : 'reading.caterpillar_plain', { count: app.number(rows.length, 0) }) + alike
    }
  }
})(globalThis.JamlikPage ??= {})

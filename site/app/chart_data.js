/* What each chart of an indicator holds, and the table behind it: rows, signals, columns.
   Every chart gives {empty: sentence or null, data, signals, table, synthetic}.
   What does not belong here: picking figures out of the files (figures.js), drawing (charts.js). */
(function (app) {
  'use strict'

  const MOST_GROUPS = 30
  const MAP_FEATURE = { municipality: 'kommun', county: 'lan' }
  const STATES = ['missing', 'suppressed', 'not_applicable']
  const ROLES = ['chosen', 'county', 'nation']
  const LAYERS = ['other', 'county', 'chosen'] // of all municipalities, the lowest first

  /** A figure in words, for hover: “Motala 2022: 86,0 procent (85,1–86,9)”. */
  function tipOf (head, row, decimals, unit) {
    if (!app.isNumber(row.value)) return `${head}: ${app.missing(row.status)}, ${app.missingWhy(row.status, row.reason)}`
    const interval = app.interval(row.ci_lower, row.ci_upper, decimals)
    return `${head}: ${app.number(row.value, decimals)} ${unit}${interval ? ` (${interval})` : ''}`
  }

  const place = (one) => app.placeName(one.area)

  /** The signals that every chart has. `rows` are the figures behind it, `drawn` what is drawn. */
  function shared (gathered, rows, drawn, height) {
    const present = new Set(drawn.map((row) => row.role))
    return {
      synthetic_mark: app.isSynthetic(rows) ? app.t('chart.synthetic') : '',
      number_format: `,.${app.decimals(gathered.indicator)}~f`,
      value_title: app.unit(gathered.indicator),
      roles: ROLES.filter((role) => present.has(role)),
      role_labels: Object.fromEntries(gathered.places.map((one) => [one.role, place(one)])),
      height
    }
  }

  /** What a value is, with whose it is: “år, kvinnor”. */
  const valueTitle = (gathered, key) => [app.unit(gathered.indicator), app.whose(key)].filter(Boolean).join(', ')

  const textColumn = (key, title) => ({ key, title, kind: 'text' })
  const title = (gathered, what) => `${app.label(gathered.indicator, 'title')}, ${what}`

  /** Which groups of a place have no figure, and what that is called. */
  function absentGroups (one, name) {
    if (!one.groups.length) return app.t('status.missing')
    const absent = one.groups.filter((row) => !app.isNumber(row.value))
    if (absent.length === one.groups.length && new Set(absent.map((row) => row.status)).size === 1) return app.missing(absent[0].status)
    return absent.slice(0, 3).map((row) => `${name(row.group_code)}: ${app.missing(row.status)}`).join('; ')
  }

  function equiplot (gathered) {
    const { indicator, state, places } = gathered
    const decimals = app.decimals(indicator)
    const unit = app.unit(indicator)
    const order = app.manifest.groupsOf(indicator, state.dimension)
    const sorted = (rows) => [...rows].sort((one, other) => order.indexOf(one.group_code) - order.indexOf(other.group_code))
    const name = (code) => app.label(app.manifest.group(state.dimension, code))
    const rows = places.flatMap((one) => app.withFigure(sorted(one.groups)).slice(0, MOST_GROUPS).map((row) => ({
      place: place(one), role: one.role, group: name(row.group_code), value: row.value, lo: row.ci_lower, hi: row.ci_upper,
      tip: tipOf(`${place(one)}, ${name(row.group_code)}`, row, decimals, unit)
    })))
    const missing = places.map((one) => ({ place: place(one), text: absentGroups(one, name) })).filter((one) => one.text)
    const present = new Set(rows.map((row) => row.group))
    const all = places.flatMap((one) => sorted(one.groups).map((row) => app.withTexts({ ...row, place: place(one), group: name(row.group_code) })))
    const dimension = app.label(app.manifest.dimension(state.dimension)).toLowerCase()
    return {
      empty: rows.length ? null : app.t(state.dimension === 'total' ? 'empty.no_groups' : 'empty.groups', { period: app.period(state.period), dimension }),
      note: order.length > MOST_GROUPS ? app.t('empty.many_groups', { shown: MOST_GROUPS, all: app.number(order.length, 0) }) : null,
      data: { rows, missing },
      signals: {
        ...shared(gathered, all, rows, Math.max(96, places.length * 56)),
        value_title: valueTitle(gathered, app.splitKey(state)),
        places: places.map(place),
        groups: order.map(name).filter((label) => present.has(label))
      },
      synthetic: app.isSynthetic(all),
      table: () => ({
        title: title(gathered, `${dimension}, ${app.period(state.period)}`),
        columns: [textColumn('place', app.t('table.place')), textColumn('group', app.t('table.group')), ...app.figureColumns(`${app.t('table.value')} (${valueTitle(gathered, app.splitKey(state))})`, decimals)],
        rows: all,
        synthetic: app.isSynthetic(all)
      })
    }
  }

  function trend (gathered) {
    const { indicator, state, places } = gathered
    const decimals = app.decimals(indicator)
    const unit = app.unit(indicator)
    const rows = []
    const missing = []
    const all = []
    for (const one of places) {
      for (const row of one.trend) {
        const tip = tipOf(`${place(one)} ${app.period(row.period)}`, row, decimals, unit)
        all.push(app.withTexts({ ...row, place: place(one), period_text: app.period(row.period), break_text: row.break_before ? app.t('chart.break') : '' }))
        if (app.isNumber(row.value)) rows.push({ place: place(one), role: one.role, year: row.year, segment: row.segment ?? 0, value: row.value, lo: row.ci_lower, hi: row.ci_upper, tip })
        else missing.push({ year: row.year, role: one.role, tip })
      }
    }
    const breaks = breaksOf(indicator, rows)
    return {
      empty: rows.length ? null : app.t('empty.trend'),
      data: { rows, missing: missing.filter((row) => row.role === 'chosen'), breaks },
      signals: { ...shared(gathered, all, rows, 240), value_title: valueTitle(gathered, gathered.key) },
      synthetic: app.isSynthetic(all),
      table: () => ({
        title: title(gathered, app.t('chart_title.trend').toLowerCase()),
        columns: [textColumn('place', app.t('table.place')), textColumn('period_text', app.t('table.period')),
          ...app.figureColumns(`${app.t('table.value')} (${valueTitle(gathered, gathered.key)})`, decimals),
          ...(breaks.length ? [textColumn('break_text', app.t('chart.break'))] : [])],
        rows: all,
        synthetic: app.isSynthetic(all)
      })
    }
  }

  /** Where the series is broken, among the years that are drawn. */
  function breaksOf (indicator, rows) {
    const first = Math.min(...rows.map((row) => row.year))
    return (indicator.breaks ?? []).map((period) => ({ year: Number(String(period).slice(-4)) || Number(String(period).slice(0, 4)), text: app.t('chart.break') }))
      .filter((one) => one.year > first)
  }

  /** The years in which the chosen place has no gap, and why. */
  const missingYears = (one, kind, words) => one[kind].filter((row) => !app.isNumber(row.value))
    .map((row) => ({ year: row.year, role: one.role, tip: words(row, `${place(one)} ${app.period(row.period)}`) }))

  function gap (gathered, kind) {
    const { indicator, state, places } = gathered
    const decimals = kind === 'ratio' ? 2 : app.decimals(indicator)
    const unit = kind === 'ratio' ? '' : app.unitOfDifference(indicator)
    const words = (row, head) => app.isNumber(row.value)
      ? `${tipOf(head, row, decimals, unit).trim()}, ${app.certainty(row)}` : `${head}: ${app.gapReason(row.reason)}`
    const breakYears = breaksOf(indicator, [{ year: -Infinity }]).map((one) => one.year)
    const rows = places.flatMap((one) => app.withFigure(one[kind]).map((row) => ({
      place: place(one), role: one.role, year: row.year, segment: breakYears.filter((year) => year <= row.year).length, value: row.value, lo: row.ci_lower, hi: row.ci_upper,
      certain: app.certainOf(row), tip: words(row, `${place(one)} ${app.period(row.period)}`)
    })))
    return {
      rows,
      words,
      data: { rows, missing: missingYears(places[0], kind, words), breaks: breaksOf(indicator, rows) },
      signals: { ...shared(gathered, places.flatMap((one) => one[kind]), rows, 220), number_format: `,.${decimals}~f`, value_title: [app.t(kind === 'ratio' ? 'chart.ratio' : 'chart.difference'), unit, app.whose(app.splitKey(state))].filter(Boolean).join(', ') }
    }
  }

  function gapTable (gathered) {
    const { indicator, state, places } = gathered
    const rows = places.flatMap((one) => one.difference.map((row) => {
      const ratio = one.ratio.find((other) => other.period === row.period) ?? {}
      return app.withTexts({
        ...row, place: place(one), period_text: app.period(row.period), ratio: ratio.value, ratio_lower: ratio.ci_lower, ratio_upper: ratio.ci_upper,
        certain_text: app.isNumber(row.value) ? app.certainty(row) : '', missing_text: app.t('status.missing'), missing_why: app.gapReason(row.reason)
      })
    })).map((row) => ({ ...row, status_text: app.isNumber(row.value) ? app.t('status.observed') : app.t('status.missing'), reason_text: app.gapReason(row.reason) }))
    const number = (key, heading, decimals) => ({ key, title: heading, kind: 'number', decimals, quiet: true })
    const [value, lower, upper, ...exported] = app.figureColumns(`${app.t('table.difference')} (${[app.unitOfDifference(indicator), app.whose(app.splitKey(state))].filter(Boolean).join(', ')})`, app.decimals(indicator))
    return {
      title: title(gathered, `${app.t('chart_title.gap').toLowerCase()}, ${app.label(app.manifest.dimension(state.dimension)).toLowerCase()}`),
      columns: [textColumn('place', app.t('table.place')), textColumn('period_text', app.t('table.period')), value, lower, upper,
        number('ratio', app.t('table.ratio'), 2), number('ratio_lower', app.t('table.lower'), 2), number('ratio_upper', app.t('table.upper'), 2),
        textColumn('certain_text', app.t('table.certain')), ...exported],
      rows,
      synthetic: app.isSynthetic(rows)
    }
  }

  /** The difference and the ratio, side by side. */
  function gaps (gathered) {
    const difference = gap(gathered, 'difference')
    const ratio = gap(gathered, 'ratio')
    const empty = difference.rows.length || ratio.rows.length ? null
      : app.t('empty.gap', { why: app.gapReason(gathered.places[0].difference.at(-1)?.reason) || app.t('empty.gap_why') })
    return { empty, difference, ratio, table: () => gapTable(gathered), synthetic: app.isSynthetic(gathered.places.flatMap((one) => one.difference)) }
  }

  const levelOf = (row) => row.area_code === '00' ? 'nation' : row.area_code.length === 2 ? 'county' : 'municipality'
  const nameOf = (row) => { const area = app.manifest.area(row.area_code); return area ? app.placeName(area) : row.area_code }

  /** The figures of all places of a level in the period, as a table from the lowest to the highest. */
  function levelTable (gathered, level) {
    const { indicator, state, all } = gathered
    const rows = all.filter((row) => levelOf(row) === level).map((row) => app.withTexts({ ...row, place: nameOf(row) }))
      .sort((one, other) => (one.value ?? Infinity) - (other.value ?? Infinity) || app.compareNames(one.place, other.place))
    return {
      title: title(gathered, app.period(state.period)),
      columns: [textColumn('place', app.t('table.place')), { ...textColumn('area_code', app.t('table.code')), exported: true },
        ...app.figureColumns(`${app.t('table.value')} (${valueTitle(gathered, gathered.mapKey)})`, app.decimals(indicator))],
      rows,
      synthetic: app.isSynthetic(rows)
    }
  }

  /** The limits of the map's classes in words: “under 85,0”, “85,0–86,0” …, “89,0 eller mer”. */
  function classLabels (indicator, limits) {
    const say = (value) => app.number(value, app.decimals(indicator))
    if (!limits.length) return [app.t('map.all')]
    return [app.t('map.under', { limit: say(limits[0]) }), ...limits.slice(1).map((limit, index) => app.t('map.between', { from: say(limits[index]), to: say(limit) })), app.t('map.from', { limit: say(limits.at(-1)) })]
  }

  function map (gathered, shapes) {
    const { indicator, state, area, all } = gathered
    const level = state.level
    const decimals = app.decimals(indicator)
    const rows = all.filter((row) => levelOf(row) === level)
    const feature = Object.keys(shapes).find((key) => key === MAP_FEATURE[level]) ?? Object.keys(shapes)[level === 'county' ? 1 : 0]
    const limits = app.manifest.classLimits(indicator, gathered.mapKey.group)
    const labels = classLabels(indicator, limits)
    const absent = new Set(rows.filter((row) => !app.isNumber(row.value)).map((row) => row.status))
    const values = rows.map((row) => ({
      area_code: row.area_code,
      map_class: app.isNumber(row.value) ? row.map_class : null,
      state: app.isNumber(row.value) ? 'observed' : STATES.includes(row.status) ? row.status : 'missing',
      tip: tipOf(nameOf(row), row, decimals, app.unit(indicator))
    }))
    const codes = area.level === level ? [area.code]
      : area.level === 'county' ? rows.map((row) => row.area_code).filter((code) => app.manifest.area(code)?.county === area.code)
        : area.level === 'municipality' ? [area.county] : []
    const chosen = codes.map((code) => ({ area_code: code, role: 'chosen' }))
    return {
      empty: app.withFigure(rows).length ? null : app.t('empty.map', { period: app.period(state.period), level: app.t(`levels.${level}`) }),
      data: { values, chosen },
      feature,
      shapes: shapes[feature],
      signals: {
        ...shared(gathered, rows, chosen, 560),
        value_title: valueTitle(gathered, gathered.mapKey),
        classes: labels.map((_, index) => index),
        class_labels: labels,
        // Never an empty list: Vega gives a legend without entries infinite bounds, and nothing is drawn.
        states: STATES.filter((state) => state === 'missing' || absent.has(state)),
        state_labels: Object.fromEntries(STATES.map((state) => [state, app.t(`chart.${state}`)])),
        feature
      },
      synthetic: app.isSynthetic(rows),
      table: () => levelTable(gathered, level)
    }
  }

  function caterpillar (gathered) {
    const { indicator, area, places, all } = gathered
    const decimals = app.decimals(indicator)
    const unit = app.unit(indicator)
    const rows = app.withFigure(all.filter((row) => levelOf(row) === 'municipality'))
    const county = area.level === 'county' ? area.code : area.county
    const own = (row) => row.area_code === area.code ? 'chosen' : county && app.manifest.area(row.area_code)?.county === county ? 'county' : 'other'
    const drawn = rows.map((row, index) => ({
      rank: row.rank ?? index + 1, role: own(row), place: nameOf(row), value: row.value, lo: row.ci_lower, hi: row.ci_upper, tip: tipOf(nameOf(row), row, decimals, unit)
    })).sort((one, other) => LAYERS.indexOf(one.role) - LAYERS.indexOf(other.role))
    const reference = places.filter((one) => one.area.level === 'nation').map((one) => ({ one, row: all.find((row) => row.area_code === one.area.code) }))
      .filter(({ row }) => row && app.isNumber(row.value))
      .map(({ one, row }) => ({ role: 'nation', value: row.value, text: place(one), tip: tipOf(place(one), row, decimals, unit) }))
    return {
      empty: rows.length ? null : app.t('empty.map', { period: app.period(gathered.state.period), level: app.t('levels.municipality') }),
      data: { rows: drawn, reference },
      signals: {
        ...shared(gathered, rows, [...drawn, ...reference], 260),
        value_title: valueTitle(gathered, gathered.mapKey),
        role_labels: { chosen: app.placeName(area), county: app.manifest.area(county)?.name ?? '', nation: app.t('place.nation') },
        rank_title: app.t('chart.municipalities_by_value')
      },
      synthetic: app.isSynthetic(rows),
      table: () => levelTable(gathered, 'municipality')
    }
  }

  app.chartData = { equiplot, trend, gaps, map, caterpillar }
})(globalThis.JamlikPage ??= {})

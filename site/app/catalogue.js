/* The release's manifest: which areas, indicators, groups and periods there are, and what they are called.
   What does not belong here: figures (data.js), words of the page's own (words.js). */
(function (app) {
  'use strict'

  const LEVELS = ['municipality', 'county', 'nation']

  /** An area's row of the manifest as an object. */
  const areaOf = ([code, name, level, county, skrGroup]) => ({ code, name, level, county, skrGroup })

  /** Whether an indicator has figures of a dimension for more than one group. */
  const contrasts = (indicator, dimension) => (indicator.gaps?.[dimension] ?? []).includes('total')

  /** Reads `globalThis.JAMLIK`; throws a sentence when it is not there or of another make. */
  app.readManifest = () => {
    const raw = globalThis.JAMLIK
    if (!raw || !Array.isArray(raw.areas) || !Array.isArray(raw.indicators)) throw new app.Shown('notice.no_manifest')
    if (raw.format !== 1) throw new app.Shown('notice.other_format', { what: String(raw.format).slice(0, 20) })
    const areas = new Map(raw.areas.map((row) => [row[0], areaOf(row)]))
    const indicators = new Map(raw.indicators.map((indicator) => [indicator.id, indicator]))
    const withFigures = raw.indicators.filter((indicator) => indicator.periods.length)

    const manifest = app.manifest = {
      raw,
      release: raw.release,
      areas: [...areas.values()],
      indicators: raw.indicators,
      area: (code) => areas.get(code),
      indicator: (id) => indicators.get(id),
      unitOf: (indicator) => ({ label_sv: raw.units?.[indicator.unit]?.sv, label_en: raw.units?.[indicator.unit]?.en, ...raw.units?.[indicator.unit] }),
      source: (table) => raw.sources?.[table],
      recommendation: (number) => raw.recommendations.find((one) => one.id === number),

      /** The place shown first. */
      home: () => areas.has(raw.release.home_area) ? raw.release.home_area : raw.areas[0]?.[0],

      /** The indicator shown first: the one with the most contrasts, the first of equals. */
      firstIndicator: () => {
        let best = withFigures[0] ?? raw.indicators[0]
        for (const one of withFigures) if (Object.keys(one.gaps ?? {}).length > Object.keys(best.gaps ?? {}).length) best = one
        return best?.id
      },

      /** The dimensions that can be chosen: those with groups; the whole population when there is none. */
      dimensionsOf: (indicator) => {
        const names = Object.keys(indicator?.dimensions ?? {})
        const split = names.filter((name) => name !== 'total')
        return split.length ? split : names.slice(0, 1)
      },

      /** The dimension shown first: one that is ordered by advantage, then any but sex and age, then sex. */
      defaultDimension: (indicator) => {
        const names = manifest.dimensionsOf(indicator)
        const contrasted = names.filter((name) => contrasts(indicator, name))
        return contrasted.find((name) => raw.dimensions[name]?.ordered)
          ?? contrasted.find((name) => !['sex', 'age'].includes(name)) ?? contrasted[0] ?? names[0]
      },

      /** The period shown first: the last one in which the dimension has figures, else the last of the place's level. */
      defaultPeriod: (indicator, dimension, code) =>
        indicator.dimensions?.[dimension]?.periods?.at(-1) ?? indicator.last_period?.[areas.get(code)?.level] ?? indicator.periods.at(-1),

      /** The sexes that a split can be shown for: all together, women, men. */
      sexesOf: (indicator) => {
        const found = new Set(Object.values(indicator?.dimensions ?? {}).flatMap((one) => one.sexes))
        const sexes = ['total', 'women', 'men'].filter((sex) => found.has(sex))
        return sexes.length ? sexes : ['total']
      },

      /** The dimension that the indicator's level is told by: nearly always the whole population; else groups, of which one is shown. */
      baseOf: (indicator) => indicator.base ?? 'total',

      /** The group and sex that stand for the place's level: {dimension, group, sex}. */
      levelKey: (indicator, sex) => {
        const base = manifest.baseOf(indicator)
        if (base === 'total') return sex === 'total' ? { dimension: 'total', group: 'total', sex } : { dimension: 'sex', group: sex, sex }
        if (base === 'sex') return { dimension: 'sex', group: sex, sex }
        return { dimension: base, group: manifest.groupsOf(indicator, base)[0], sex }
      },

      /** The inner limits of the map's classes for a group. */
      classLimits: (indicator, group) => indicator.class_breaks?.[group] ?? indicator.class_breaks?.total ?? [],

      /** The levels (municipality, county, nation) at which the whole population has figures. */
      levelsOf: (indicator) => LEVELS.filter((level) => indicator?.last_period?.[level]),

      dimension: (name) => ({ label_sv: raw.dimensions[name]?.sv, label_en: raw.dimensions[name]?.en, groups: {}, ...raw.dimensions[name] }),
      group: (dimension, code) => {
        const group = raw.dimensions[dimension]?.groups?.[code]
        return { order: 999, label_sv: group?.sv ?? code, label_en: group?.en ?? code, ...group }
      },

      /** The groups of a dimension that the indicator has, in their order. */
      groupsOf: (indicator, dimension) => [...(indicator.dimensions?.[dimension]?.groups ?? [])]
        .sort((one, other) => (manifest.group(dimension, one).order ?? 999) - (manifest.group(dimension, other).order ?? 999)),

      /** The areas a place is compared with: its county and the nation, as far as they are others than itself. */
      comparedWith: (area) => {
        const others = []
        if (area.level === 'municipality' && areas.has(area.county)) others.push({ role: 'county', area: areas.get(area.county) })
        const nation = [...areas.values()].find((one) => one.level === 'nation')
        if (nation && nation.code !== area.code) others.push({ role: 'nation', area: nation })
        return others
      },

      /** The last period in which the place's level has a figure of the whole population. */
      lastPeriod: (indicator, area) => indicator.last_period?.[area.level]
    }
    return manifest
  }

  /** An error whose message is meant for the reader: a key of the strings, and what to fill in. */
  app.Shown = class Shown extends Error {
    constructor (key, values) {
      super(key)
      this.key = key
      this.values = values
    }

    get sentence () { return app.t(this.key, this.values) }
  }

  /** What to tell the reader about an error: its own sentence, or that something is wrong with `what`. */
  app.sentenceOf = (error, what) => error instanceof app.Shown ? error.sentence : app.t('notice.broken', { what })
})(globalThis.JamlikPage ??= {})

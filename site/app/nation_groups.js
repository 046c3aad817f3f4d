/* What is known by social group of the nation only: said with its level beside a place's own figure, and among the recommendations.
   What does not belong here: which those figures are (the release's view nation_by_group), and gaps that places have themselves. */
(function (app) {
  'use strict'

  const all = () => app.manifest.raw.nation_groups ?? []

  /** Those that stand beside an indicator of places; of an indicator that is such itself, its own. */
  app.nationGroupsOf = (id) => all().filter((one) => one.beside === id || one.indicator === id)

  const indicatorOf = (one) => app.manifest.indicator(one.indicator)
  const dimensionOf = (one) => app.label(app.manifest.dimension(one.dimension)).toLowerCase()
  const whomOf = (one) => app.forWhom({ dimension: 'total', sex: one.sex })
  const link = (one) => app.el('a', { href: app.address({ view: 'indicator', indicator: one.indicator, dimension: one.dimension, ...(one.sex === 'total' ? {} : { sex: one.sex }) }) }, app.label(indicatorOf(one), 'title'))

  function figureOf (one, { code, value, reliability }, unit) {
    const told = `${app.label(app.manifest.group(one.dimension, code))} ${app.number(value, app.decimals(indicatorOf(one)))}${unit ? ` ${app.unit(indicatorOf(one))}` : ''}`
    return reliability ? `${told} (${app.t(`reliability.${reliability}`)})` : told
  }

  const gapOf = (one) => ({ value: Math.abs(one.difference), certain: one.certain, provenance: 'published' })
  const sizeOf = (one) => `${app.number(gapOf(one).value, app.decimals(indicatorOf(one)))} ${app.unitOfDifference(indicatorOf(one))}`

  /** Of many ordered groups the two ends, which the gap is between; else all. */
  const shownGroups = ({ dimension, groups }) => groups.length > 3 && app.manifest.dimension(dimension).ordered ? [groups[0], groups.at(-1)] : groups

  /** Of more than two groups, which two the gap is between: “ mellan inrikes födda och födda utanför EU”. */
  function betweenOf ({ dimension, groups, difference }) {
    if (groups.length < 3) return ''
    const pairs = app.manifest.dimension(dimension).ordered ? [[groups[0], groups.at(-1)]] : groups.flatMap((one, index) => groups.slice(index + 1).map((other) => [one, other]))
    const pair = pairs.find(([one, other]) => Math.abs(Math.abs(one.value - other.value) - Math.abs(difference)) < 1e-6)
    const name = (group) => app.label(app.manifest.group(dimension, group.code))
    return pair ? ' ' + app.t('nation.between', { one: name(pair[0]), other: name(pair[1]) }) : ''
  }

  /** “I riket efter utbildningsnivå (2019, 7 år gammal): … Skillnaden mellan … och … är 8,6 procentenheter; om den är säkerställd kan inte bedömas.” */
  function sentencesOf (one) {
    const shown = shownGroups(one)
    const groups = shown.map((group, index) => figureOf(one, group, index === shown.length - 1)).join('; ')
    return [app.t('nation.groups', { dimension: dimensionOf(one), whom: whomOf(one), period: app.periodAndAge(one.period), groups }),
      app.isNumber(one.difference) ? app.t(`nation.gap_${app.certainOf(gapOf(one))}`, { between: betweenOf(one), size: sizeOf(one) }) : app.t('nation.one_group')].join(' ')
  }

  /** Why some of them cannot be assessed, once for all; nothing where all can. */
  function whyNot (some) {
    const reasons = some.filter((one) => app.certainOf(gapOf(one)) === 'not_assessable' && one.reason).map((one) => app.gapReason(one.reason))
    return reasons.length ? app.t('nation.why_not', { reasons: [...new Set(reasons)].join('; ') }) : ''
  }

  /** Those of each indicator together, in order: [[id, [entries]]]. */
  const byIndicator = (some) => [...new Set(some.map((one) => one.indicator))].map((id) => [id, some.filter((one) => one.indicator === id)])

  /** What the nation has beside an indicator of a place, a paragraph for each source; then that the place's own is not known. */
  app.nationParagraphs = (indicator, area) => {
    const beside = area.level === 'nation' ? [] : app.nationGroupsOf(indicator.id)
    if (!beside.length) return []
    const told = byIndicator(beside).map(([id, some]) => [id === indicator.id ? '' : `${app.label(indicatorOf(some[0]), 'title')}.`, ...some.map(sentencesOf)])
    return [...told, [app.t('nation.unknown', { place: app.inPlace(area) }), whyNot(beside)]]
  }

  function shortOf (one) {
    const gap = app.isNumber(one.difference)
    const value = gap ? sizeOf(one) : one.groups.map((group) => figureOf(one, group, true)).join('; ')
    return app.t(gap ? 'nation.short' : 'nation.short_one', { dimension: dimensionOf(one), whom: whomOf(one), value, period: app.periodAndAge(one.period), certain: gap && app.certainty(gapOf(one)) })
  }

  /** Below the row of a place's indicator, over `columns`: the nation's gaps in short, and that the place's own are not known. */
  app.nationRow = (indicator, area, columns) => {
    const beside = area.level === 'nation' ? [] : app.nationGroupsOf(indicator.id).filter((one) => one.beside === indicator.id)
    if (!beside.length) return null
    return app.el('tr', { class: 'nation-row' }, app.el('td', { colspan: columns },
      app.t('nation.unknown', { place: app.inPlace(area) }), ' ',
      byIndicator(beside).map(([, some]) => [link(some[0]), ': ', some.map(shortOf).join('; '), '. '])))
  }

  /** Of a recommendation: the gaps that the nation has and the place cannot see, with the groups' own figures. */
  app.nationSection = (recommendation, area) => {
    const some = area.level === 'nation' ? [] : all().filter((one) => indicatorOf(one).recommendation === recommendation)
    if (!some.length) return null
    return app.el('div', { class: 'nation-gaps' },
      app.el('h3', {}, app.t('nation.heading', { place: app.inPlace(area) })),
      app.el('p', {}, app.t('nation.unknown', { place: app.inPlace(area) }), ' ', app.t('nation.other_source')),
      app.el('ul', {}, byIndicator(some).map(([, those]) => app.el('li', {}, link(those[0]), '. ', those.map(sentencesOf).join(' ')))),
      app.el('p', {}, whyNot(some)))
  }
})(globalThis.JamlikPage ??= {})

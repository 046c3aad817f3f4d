/* “Indikator”: one indicator in one place, beside its county and the nation. The view is built once and then brought up to date.
   What does not belong here: the rows and tables of the charts (chart_data.js), sentences (reading.js). */
(function (app) {
  'use strict'

  let built = null

  /** A figure of the view: heading, how it is read, its chart or charts, the table behind, the downloads. */
  class Panel {
    constructor (key, specs) {
      this.key = key
      this.charts = specs.map((spec) => new app.Chart(spec))
      this.current = null
      this.gathered = null
      const id = app.newId('panel')
      this.heading = app.el('h2', { id })
      this.reading = app.el('p', { class: 'reading' })
      this.note = app.el('p', { class: 'note', hidden: true })
      this.tools = app.el('div', { class: 'panel-tools' })
      this.canvas = app.el('div', { class: `panel-charts panel-charts-${specs.length}` }, this.charts.map((chart) => chart.box))
      this.behind = app.el('div')
      this.root = app.el('section', { class: `panel panel-${key}`, 'aria-labelledby': id }, this.heading, this.reading, this.tools, this.note, this.canvas, this.behind)
    }

    /** The panel's figures for what is `gathered`; `parts`: [[chart, {data, signals, kept}]]. Without charts, the table alone. */
    async show (gathered, current, parts, withoutCharts) {
      const { indicator, state } = gathered
      this.current = current
      this.gathered = gathered
      this.heading.textContent = this.title
      const reading = app.readings[this.key](gathered)
      app.fill(this.reading, app.el('strong', {}, app.t('reading.title')), ' ', reading)
      const sentence = current.empty ?? withoutCharts ?? current.note
      this.note.hidden = !sentence
      this.note.textContent = sentence ?? ''
      this.undrawn = Boolean(current.empty || withoutCharts)
      this.canvas.hidden = this.undrawn
      this.renewBehind()
      if (this.undrawn) return
      for (const [chart, part] of parts) {
        chart.box.setAttribute('aria-label', `${this.title}. ${app.label(indicator, 'title')}, ${app.placeName(gathered.area)}, ${app.period(state.period)}. ${reading}`)
        await chart.draw({ ...part, signals: { ...part.signals, ...extent(chart, part.signals) } })
      }
    }

    /** Whose figures the panel shows; nothing for the whole population. */
    get whose () {
      const { state, key, mapKey } = this.gathered
      return app.whose({ equiplot: app.splitKey(state), gap: app.splitKey(state), trend: key, map: mapKey, caterpillar: mapKey }[this.key])
    }

    /** The panel's name, and whose figures it shows: “Utvecklingen, kvinnor”. */
    get title () { return [app.t(`chart_title.${this.key}`), this.whose].filter(Boolean).join(', ') }

    /** What stands above and below a chart that is saved as a picture. */
    words (chart) {
      const { indicator, area, state } = this.gathered
      const part = this.charts.length > 1 ? `, ${app.t(`part.${chart.name}`)}` : ''
      return {
        title: `${app.label(indicator, 'title')}. ${this.title}${part}. ${app.placeName(area)}, ${app.period(state.period)}`,
        source: app.t('download.source', { sources: app.publishersOf(indicator), id: app.manifest.release.id })
      }
    }

    /** The table and the downloads, in today's language; an open table stays open with the new rows. */
    renewBehind () {
      const open = this.behind.querySelector('details')?.open
      const table = () => this.current.table()
      const details = app.foldedTable(table)
      const { indicator, area, state } = this.gathered
      const downloads = this.charts.map((chart, index) => app.downloads({
        title: this.charts.length > 1 ? app.t(`part.${chart.name}`) : this.title,
        part: this.charts.length > 1 ? app.t(`part.${chart.name}`) : null,
        name: () => ['jamlik', area.name, indicator.id, chart.name, this.whose, state.period.replace('/', '-')].filter(Boolean),
        table: index === 0 ? table : null,
        image: this.undrawn ? null : (form) => chart.image(form, this.words(chart)),
        synthetic: () => this.current.synthetic
      }))
      app.fill(this.behind, details, downloads)
      if (open) details.open = true
    }
  }

  /** How large a chart's plotted area is in the room it has. A map keeps Sweden's proportions and leaves room for its legend. */
  function extent (chart, { height }) {
    const room = chart.box.clientWidth
    if (chart.name !== 'map') return { width: Math.max(120, room - 70), legend_columns: Math.max(1, Math.floor(room / 210)) }
    const width = Math.max(110, Math.min(height * 0.46, room - 170))
    return { width, height: Math.round(width / 0.46) }
  }

  function build (root) {
    const parts = {
      heading: app.el('div', { class: 'heading' }),
      controls: app.el('div', { class: 'controls', role: 'group' }),
      brief: app.el('section', { class: 'brief', 'aria-labelledby': 'i-korthet' }),
      about: app.el('section', { class: 'about-indicator', 'aria-labelledby': 'om-indikatorn' }),
      panels: {
        equiplot: new Panel('equiplot', ['equiplot']),
        gap: new Panel('gap', ['gap_difference', 'gap_ratio']),
        trend: new Panel('trend', ['trend']),
        map: new Panel('map', ['map']),
        caterpillar: new Panel('caterpillar', ['caterpillar'])
      }
    }
    app.fill(root, parts.heading, parts.controls, parts.brief,
      app.el('div', { class: 'panels' }, Object.values(parts.panels).map((panel) => panel.root)), parts.about)
    return { root, ...parts }
  }

  function controls (state, indicator) {
    const manifest = app.manifest
    const option = (value, label) => ({ value, label })
    const dimensions = manifest.dimensionsOf(indicator)
    const sexes = manifest.sexesOf(indicator)
    return [
      app.chooser({ id: 'choose-indicator', label: app.t('choose.indicator'), options: app.indicatorOptions(), chosen: state.indicator, onchoose: (value) => app.go({ indicator: value }) }),
      app.placeChooser(state),
      dimensions.length > 1 ? app.select({
        id: 'choose-dimension', label: app.t('choose.dimension'), chosen: state.dimension, onchoose: (value) => app.go({ dimension: value }),
        options: dimensions.map((name) => option(name, app.label(manifest.dimension(name))))
      }) : null,
      sexes.length > 1 ? app.select({
        id: 'choose-sex', label: app.t('choose.sex'), chosen: state.sex, onchoose: (value) => app.go({ sex: value }),
        options: sexes.map((sex) => option(sex, app.t(`sex.${sex}`)))
      }) : null,
      app.select({
        id: 'choose-period', label: app.t('choose.period'), chosen: state.period, onchoose: (value) => app.go({ period: value }),
        options: [...indicator.periods].reverse().map((period) => option(period, app.period(period)))
      })
    ]
  }

  function levelSwitch (state) {
    const levels = app.manifest.levelsOf(app.manifest.indicator(state.indicator)).filter((level) => level !== 'nation')
    if (levels.length < 2) return null
    return app.select({
      id: 'choose-level', label: app.t('choose.level'), chosen: state.level, onchoose: (value) => app.go({ level: value }),
      options: levels.map((level) => ({ value: level, label: app.t(`levels.${level}`) }))
    })
  }

  /** Definition, source, method, direction, breaks, cautions, last fetched. */
  function aboutIndicator (indicator) {
    const manifest = app.manifest
    const unit = app.unit(indicator)
    const entry = (key, ...value) => value.some(Boolean) ? [app.el('dt', {}, app.t(`about.${key}`)), app.el('dd', {}, value)] : null
    const target = app.isNumber(indicator.target_value) ? ` (${app.number(indicator.target_value, app.decimals(indicator))} ${unit})` : ''
    const sources = (indicator.sources ?? []).map((table) => ({ table, ...manifest.source(table) }))
    return [
      app.el('h2', { id: 'om-indikatorn' }, app.t('about.indicator')),
      app.el('dl', {},
        entry('description', indicator.description_sv), entry('numerator', indicator.numerator_sv), entry('denominator', indicator.denominator_sv),
        entry('unit', unit), entry('polarity', app.t(`polarity.${indicator.polarity}`) + target), entry('method', indicator.method_sv),
        entry('limits', indicator.limits_sv), entry('provenance', app.provenance(indicator.provenance)),
        entry('breaks', (indicator.breaks ?? []).map(app.period).join(', ')),
        entry('flags', indicator.flags?.length ? app.el('ul', {}, indicator.flags.map((flag) => app.el('li', {}, app.t(`flag.${flag.flag}`), flag.period ? ` ${app.period(flag.period)}` : '', flag.text_sv ? `: ${flag.text_sv}` : ''))) : null),
        entry('secrecy', app.t('about.secrecy_text')),
        entry('sources', app.el('ul', {}, sources.map((source) => app.el('li', {}, app.sourceLine(source)))),
          indicator.kolada_kpis?.length ? app.el('p', {}, `Kolada: ${[indicator.kolada_kpis].flat().join(', ')}`) : null))
    ]
  }

  /** “SCB: Valdeltagande … CC0. Hämtning: 3 maj 2024.” */
  app.sourceLine = (source) => [
    `${source.publisher ?? source.table}: ${source.title_sv || source.published_as || source.table}. `, source.licence ? `${source.licence}. ` : '',
    app.t('about.landing', { landing: app.landingOf(source) })
  ]

  /** “SCB (CC0), Kolada (RKA) (Fri användning; …)”: who published the figures of an indicator, and on what terms, table by table. */
  app.publishersOf = (indicator) => [...new Set((indicator.sources ?? []).map((table) => app.manifest.source(table)).filter((source) => source?.publisher && source.rows !== 0 || source?.landing === 'made')
    .map((source) => source.licence ? `${source.publisher} (${source.licence})` : source.publisher))].join(', ')

  /** Draws what is in the window first, and says so; then the rest, unless the reader has gone on meanwhile. */
  async function drawPanels (view, gathered, { isCurrent, seen }) {
    const { panels } = view
    const data = app.chartData
    let lacking = null
    try { await app.chartsReady() } catch { lacking = app.t('notice.no_charts') }
    const plain = (key) => async () => {
      const current = data[key](gathered)
      await panels[key].show(gathered, current, [[panels[key].charts[0], current]], lacking)
    }
    const draw = {
      equiplot: plain('equiplot'),
      gap: async () => {
        const current = data.gaps(gathered)
        await panels.gap.show(gathered, current, [[panels.gap.charts[0], current.difference], [panels.gap.charts[1], current.ratio]], lacking)
      },
      trend: plain('trend'),
      map: () => drawMap(view, gathered, lacking),
      caterpillar: plain('caterpillar')
    }
    const inWindow = (key) => {
      const { top, bottom } = panels[key].root.getBoundingClientRect()
      return top < innerHeight && bottom > 0
    }
    const keys = Object.keys(panels)
    const now = keys.filter(inWindow)
    for (const key of now) await draw[key]()
    seen()
    for (const key of keys.filter((one) => !now.includes(one))) {
      await app.breathe()
      if (!isCurrent()) return
      await draw[key]()
    }
  }

  async function drawMap (view, gathered, lacking) {
    const panel = view.panels.map
    const chart = panel.charts[0]
    let shapes = {}
    try { if (!lacking) shapes = await app.mapShapes() } catch { lacking = app.t('notice.no_charts') }
    const current = app.chartData.map(gathered, shapes)
    if (view.feature !== current.feature) { chart.finalize(); view.feature = current.feature }
    app.fill(panel.tools, levelSwitch(gathered.state))
    await panel.show(gathered, current, [[chart, { ...current, kept: { shapes: current.shapes } }]], lacking)
  }

  /** An indicator's title with whose figures are chosen: “Medellivslängd, kvinnor”. */
  app.titleOf = (state) => {
    const indicator = app.manifest.indicator(state.indicator)
    return [app.label(indicator, 'title'), indicator && app.whose(app.manifest.levelKey(indicator, state.sex))].filter(Boolean).join(', ')
  }

  app.viewIndicator = async (root, state, follow) => {
    const indicator = app.manifest.indicator(state.indicator)
    if (!indicator) throw new app.Shown('notice.no_indicators')
    if (!indicator.periods.length) {
      built = null
      app.endCharts()
      app.fill(root, app.el('h1', {}, app.label(indicator, 'title')), app.el('div', { class: 'controls' }, app.chooser({
        id: 'choose-indicator', label: app.t('choose.indicator'), options: app.indicatorOptions(), chosen: state.indicator, onchoose: (value) => app.go({ indicator: value })
      })), app.el('p', { class: 'notice' }, app.t('empty.indicator')), app.el('section', { class: 'about-indicator' }, aboutIndicator(indicator)))
      return
    }
    let gathered = null
    let failure = null
    try { gathered = await app.gather(state) } catch (error) { failure = error }
    if (!follow.isCurrent()) return
    if (!built || !root.contains(built.heading)) {
      app.endCharts()
      built = build(root)
    }
    app.fill(built.heading,
      app.el('p', { class: 'over' }, `${indicator.recommendation}. ${app.recommendationName(indicator.recommendation)}`),
      app.el('h1', {}, app.titleOf(state)),
      app.el('p', { class: 'lead' }, app.t('indicator.lead', { place: app.placeName(app.manifest.area(state.place)), period: app.periodAndAge(state.period), unit: app.unit(indicator) })))
    app.fill(built.controls, controls(state, indicator))
    built.controls.setAttribute('aria-label', app.t('choose.what'))
    app.fill(built.about, aboutIndicator(indicator))
    const panels = built.root.querySelector('.panels')
    panels.hidden = Boolean(failure)
    if (failure) {
      app.fill(built.brief, app.el('p', { class: 'notice' }, app.sentenceOf(failure, indicator.id)))
      return
    }
    app.fill(built.brief, app.el('h2', { id: 'i-korthet' }, app.t('brief.title')), app.briefly(gathered).map((text) => app.el('p', {}, text)),
      app.isSynthetic(gathered.places.flatMap((one) => [...one.trend, ...one.groups, ...one.difference])) ? app.el('p', { class: 'synthetic' }, app.t('chart.synthetic')) : null)
    await drawPanels(built, gathered, follow)
  }

  app.leaveIndicator = () => {
    built = null
    app.endCharts()
  }
})(globalThis.JamlikPage ??= {})

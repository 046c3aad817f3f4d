/* Charts: the release's Vega specs, drawn once and then only given other data; light and dark, PNG and SVG.
   What does not belong here: what the data are (chart_data.js). */
(function (app) {
  'use strict'

  const charts = new Set()
  const locales = {}

  /** Vega and the chart definitions, loaded when the first chart is wanted. */
  app.chartsReady = async () => {
    await Promise.all([app.loadScript('vendor/vega.js'), app.loadScript('specs.js')])
    if (!globalThis.vega || !globalThis.JAMLIK_CHARTS) throw new app.Shown('notice.no_charts')
    for (const [lang, locale] of Object.entries(globalThis.JAMLIK_CHARTS.locales ?? {})) {
      locales[lang] ??= globalThis.vega.locale(locale.number, locale.time)
    }
  }

  let shapes = null
  /** The shapes of all municipalities or counties, in the map's own coordinates. */
  app.mapShapes = async () => {
    await app.loadScript('map.js')
    if (!shapes) {
      const topology = globalThis.JAMLIK_MAP
      shapes = Object.fromEntries(Object.keys(topology?.objects ?? {}).map((feature) =>
        [feature, globalThis.vega.read(topology, { type: 'topojson', feature })]))
    }
    return shapes
  }

  /** “light” or “dark”, as chosen or as the reader's machine has it. */
  app.themeShown = () => {
    if (app.state.theme !== 'auto') return app.state.theme
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  }

  const tip = () => app.byId('tip') ?? document.body.appendChild(app.el('div', { id: 'tip', 'aria-hidden': 'true', hidden: true }))

  // Charts whose points lie too close for the mark under the pointer to be the one that is meant.
  const CROWDED = ['caterpillar']

  /** Shows a mark's plain text beside the pointer. */
  const showTip = (_, event, item, value) => showText(event, value)

  function showText (event, value) {
    const box = tip()
    box.hidden = value === null || value === undefined || value === ''
    if (box.hidden) return
    box.textContent = String(value)
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - box.offsetWidth - 8)
    const below = event.clientY + 18 + box.offsetHeight < innerHeight
    box.style.left = `${Math.max(8, left)}px`
    box.style.top = `${below ? event.clientY + 18 : event.clientY - box.offsetHeight - 10}px`
  }

  const none = { load: () => Promise.reject(new Error('charts load nothing')), sanitize: () => Promise.reject(new Error('charts link to nothing')) }

  /** A chart in a box. `draw({data: {name: rows}, signals})` makes it or gives it other data. */
  app.Chart = class Chart {
    constructor (name) {
      this.name = name
      // The box is one named picture; its hundreds of marks are nothing to read one by one, and the table is beside it.
      this.stage = app.el('div', { 'aria-hidden': 'true' })
      this.box = app.el('div', { class: `chart chart-${name}`, role: 'img' }, this.stage)
      this.view = null
      this.beside = 0 // pixels that axes and labels take beyond what was thought
      if (CROWDED.includes(name)) app.followPointer(this.stage, showText)
      charts.add(this)
    }

    make () {
      const { vega, vegaInterpreter, JAMLIK_CHARTS } = globalThis
      const spec = JAMLIK_CHARTS.specs[this.name]
      if (!spec) throw new app.Shown('notice.no_charts')
      // Interpreted, so that the page may forbid scripts out of texts (Content-Security-Policy without unsafe-eval).
      const runtime = vega.parse(spec, null, { ast: true })
      const options = { renderer: 'svg', container: this.stage, hover: false, loader: none, tooltip: CROWDED.includes(this.name) ? () => {} : showTip, logLevel: vega.Error, expr: vegaInterpreter }
      this.view = new vega.View(runtime, options)
      this.known = new Set([...(spec.signals ?? []).map((signal) => signal.name), 'width', 'height'])
      this.sets = new Set((spec.data ?? []).map((set) => set.name))
      this.held = new Map()
      this.lang = null
    }

    set (name, value) { if (this.known.has(name)) this.view.signal(name, value) }

    /** Gives a data set other rows, unless they are the ones it has. */
    fill (name, rows) {
      if (!this.sets.has(name)) return
      const text = JSON.stringify(rows)
      if (this.held.get(name) === text) return
      this.held.set(name, text)
      this.view.data(name, rows)
    }

    async draw ({ data, signals, kept }) {
      if (!this.view) {
        this.make()
        for (const [name, rows] of Object.entries(kept ?? {})) if (this.sets.has(name)) this.view.data(name, rows)
      }
      if (this.lang !== app.lang) {
        this.lang = app.lang
        this.view.locale(locales[app.lang])
      }
      const theme = app.themeShown()
      for (const [name, colour] of Object.entries(globalThis.JAMLIK_CHARTS.themes?.[theme] ?? {})) this.set(name, colour)
      for (const [name, value] of Object.entries(signals)) this.set(name, value)
      // The same format under another name: what is written with it is then written anew in the other language.
      if (app.lang !== 'sv') this.set('number_format', `>${signals.number_format}`)
      for (const [name, rows] of Object.entries(data)) this.fill(name, rows)
      this.set('width', signals.width - this.beside)
      await this.view.runAsync()
      await this.fit(signals.width - this.beside)
    }

    /** Narrows the plotted area until axes and labels stay inside the box, too; what they take is remembered. */
    async fit (asked) {
      for (let turn = 0; turn < 2; turn++) {
        const drawn = this.stage.querySelector('svg')?.viewBox?.baseVal?.width ?? 0
        const room = this.box.clientWidth
        if (!room || drawn <= room + 1) return
        // A long word may reach beyond the plotted area however narrow that is: then the chart is cut, not shrunk away.
        if (asked - (drawn - room) < 0.6 * room - 60) return
        this.beside += Math.ceil(drawn - room)
        asked -= Math.ceil(drawn - room)
        this.set('width', asked)
        await this.view.runAsync()
      }
    }

    /** The chart as a PNG or SVG blob on the theme's ground, `title` above it and `source` below. */
    async image (form, words) {
      if (!this.view) throw new app.Shown('notice.no_charts')
      return app.pictureOf(this.view, form, words)
    }

    finalize () {
      this.view?.finalize()
      this.view = null
      this.stage.replaceChildren()
    }

    end () {
      this.finalize()
      charts.delete(this)
    }
  }

  /** Lets every chart go; what they held goes with them. */
  app.endCharts = () => {
    for (const chart of [...charts]) chart.end()
    if (app.byId('tip')) app.byId('tip').hidden = true
  }
})(globalThis.JamlikPage ??= {})

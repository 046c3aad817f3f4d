/* The page: follows the address, shows its view, says what changed, times it.
   What does not belong here: what is in a view. */
(function (app) {
  'use strict'

  const VIEW_OF = { place: 'viewPlace', indicator: 'viewIndicator', recommendations: 'viewRecommendations', about: 'viewAbout' }
  let shown = null
  let turn = 0

  app.placeChooser = (state) => app.chooser({
    id: 'choose-place', label: app.t('choose.place'), options: app.placeOptions(), chosen: state.place, onchoose: (value) => app.go({ place: value })
  })

  function drawFrame (state) {
    const root = document.documentElement
    root.lang = app.lang
    if (state.theme === 'auto') root.removeAttribute('data-theme')
    else root.dataset.theme = state.theme
    app.byId('skip').textContent = app.t('skip')
    const nav = app.byId('views')
    nav.setAttribute('aria-label', app.t('view.all'))
    app.fill(nav, app.el('ul', {}, app.views.map((view) => app.el('li', {},
      app.el('a', { id: `view-${view}`, href: app.address({ view }), 'aria-current': view === state.view ? 'page' : false }, app.t(`view.${view}`))))))
    app.fill(app.byId('settings'),
      app.el('button', { type: 'button', id: 'switch-language', lang: app.lang === 'sv' ? 'en' : 'sv', onclick: () => app.go({ lang: app.lang === 'sv' ? 'en' : 'sv' }) }, app.t('settings.other_language')),
      app.el('button', { type: 'button', id: 'switch-theme', onclick: () => app.go({ theme: app.themeShown() === 'dark' ? 'light' : 'dark' }) }, app.t(app.themeShown() === 'dark' ? 'settings.light' : 'settings.dark')),
      app.el('button', { type: 'button', id: 'print', onclick: () => window.print() }, app.t('settings.print')))
    const { release } = app.manifest
    app.fill(app.byId('foot'), app.el('p', {}, app.t('foot', { day: app.day(release.published_at), id: release.id })))
  }

  const pageTitle = (state) => {
    const parts = [state.view === 'indicator' ? app.titleOf(state) : app.t(`view.${state.view}`)]
    if (state.view !== 'about') parts.push(app.placeName(app.manifest.area(state.place)))
    return [...parts, 'Jämlik'].join(' – ')
  }

  function showNotices (sentences) {
    app.fill(app.byId('notices'), sentences.map((sentence) => app.el('p', { class: 'notice' }, sentence)))
  }

  /**
   * What kind of change this is, for the timings: the first view, another view, another indicator, or another control.
   * Each is measured until what is in the window is drawn, and as “whole” until everything is.
   */
  function kindOf (state) {
    if (!shown) return 'first'
    if (shown.view !== state.view) return 'view'
    return shown.indicator !== state.indicator ? 'indicator' : 'control'
  }

  async function follow () {
    const mine = ++turn
    const started = app.asked ?? performance.now()
    app.asked = null
    const focused = document.activeElement?.id
    let notices = []
    try {
      notices = app.readAddress()
      const state = app.state
      if (!state.place) throw new app.Shown('notice.no_areas')
      const kind = kindOf(state)
      if (shown?.view === 'indicator' && state.view !== 'indicator') app.leaveIndicator()
      const previous = shown
      shown = state
      const isCurrent = () => mine === turn
      let wasSeen = false
      const seen = () => {
        if (wasSeen || !isCurrent()) return
        wasSeen = true
        if (previous) after(previous, state, focused)
        performance.measure(`jamlik:${kind}`, { start: kind === 'first' ? 0 : started, end: performance.now() })
      }
      drawFrame(state)
      showNotices(notices)
      document.title = pageTitle(state)
      const view = app.byId('view')
      view.dataset.view = state.view
      view.setAttribute('aria-busy', 'true')
      try {
        await app[VIEW_OF[state.view]](view, state, { isCurrent, seen })
      } catch (error) {
        if (!isCurrent()) return
        app.lastError = error
        if (state.view !== 'indicator') app.fill(view, app.el('h1', {}, app.t(`view.${state.view}`)), app.el('div', { class: 'controls' }, app.placeChooser(state)))
        showNotices([...notices, app.sentenceOf(error, state.view)])
      }
      if (!isCurrent()) return
      seen()
      view.removeAttribute('aria-busy')
      if (!previous) getReady()
      performance.measure('jamlik:whole', { start: kind === 'first' ? 0 : started, end: performance.now() })
    } catch (error) {
      showNotices([...notices, app.sentenceOf(error, 'manifest.js')])
      app.byId('view').replaceChildren()
      app.byId('view').removeAttribute('aria-busy')
    }
  }

  /** Fetches what the charts need while the reader reads the first view, so that the first indicator comes at once. */
  function getReady () {
    setTimeout(() => { app.chartsReady().catch(() => { /* said when a chart is asked for */ }) }, 400)
  }

  /** Keeps the reader's place: focus stays on its control, or moves to the top of another view; the change is said. */
  function after (previous, state, focused) {
    if (previous.view !== state.view) {
      window.scrollTo(0, 0)
      app.byId('innehall').focus({ preventScroll: true })
    } else if (focused && document.activeElement?.id !== focused) app.byId(focused)?.focus({ preventScroll: true })
    app.say(document.title)
  }

  /** Prints a link to the state instead of the address of a file. */
  function start () {
    try {
      if (!globalThis.JAMLIK_STRINGS) throw new Error('strings')
      app.readManifest()
    } catch (error) {
      const sentence = error instanceof app.Shown ? error.sentence
        : 'Sidans textfil (strings.js) saknas eller är skadad. Packa upp hela mappen site igen. / The file strings.js is missing or damaged.'
      app.byId('view').replaceChildren()
      showNotices([sentence])
      return
    }
    // The address is the state: following the link to the content must not make it another.
    app.byId('skip').addEventListener('click', (event) => { event.preventDefault(); app.byId('innehall').focus() })
    addEventListener('hashchange', follow)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', follow)
    let waiting = null
    let width = innerWidth
    addEventListener('resize', () => {
      if (innerWidth === width) return
      width = innerWidth
      clearTimeout(waiting)
      waiting = setTimeout(() => { if (shown?.view === 'indicator') follow() }, 150)
    })
    addEventListener('scroll', () => { if (app.byId('tip')) app.byId('tip').hidden = true }, { passive: true })
    follow()
  }

  start()
})(globalThis.JamlikPage ??= {})

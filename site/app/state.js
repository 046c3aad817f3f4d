/* The state of the page, held in the address: view, place, indicator, dimension, sex, period, level, language, theme.
   What does not belong here: drawing. An address that names something unknown gives a sentence and the default instead. */
(function (app) {
  'use strict'

  const VIEWS = ['place', 'indicator', 'recommendations', 'about']
  const KEYS = ['view', 'place', 'indicator', 'dimension', 'sex', 'period', 'level', 'lang', 'theme']
  app.views = VIEWS
  app.state = {}

  /** The address's own words, unchecked. A broken percent sign is left as it is. */
  function addressWords () {
    const words = {}
    for (const part of location.hash.replace(/^#/, '').split('&')) {
      const [key, ...rest] = part.split('=')
      if (!KEYS.includes(key)) continue
      const raw = rest.join('=').replace(/\+/g, '%20')
      try { words[key] = decodeURIComponent(raw) } catch { words[key] = raw }
    }
    return words
  }

  /** `wanted` if it is one of `allowed`; else the default, and a sentence about it. */
  function choose (wanted, allowed, fallback, sentence, notices) {
    if (wanted === undefined || wanted === '') return fallback
    if (allowed(wanted)) return wanted
    notices.push(app.t(sentence, { what: wanted.slice(0, 60) }))
    return fallback
  }

  /** Reads the address into a state that can be shown, and the sentences about what could not. */
  app.readAddress = () => {
    const words = addressWords()
    const notices = []
    app.lang = words.lang === 'en' ? 'en' : 'sv'
    const manifest = app.manifest
    const state = {
      lang: app.lang,
      theme: ['light', 'dark'].includes(words.theme) ? words.theme : 'auto',
      view: choose(words.view, (view) => VIEWS.includes(view), 'place', 'notice.view', notices),
      place: choose(words.place, (code) => manifest.area(code), manifest.home(), 'notice.place', notices),
      indicator: choose(words.indicator, (id) => manifest.indicator(id), manifest.firstIndicator(), 'notice.indicator', notices),
      level: words.level === 'county' ? 'county' : 'municipality'
    }
    const indicator = manifest.indicator(state.indicator)
    if (words.lang && !['sv', 'en'].includes(words.lang)) notices.push(app.t('notice.lang', { what: words.lang.slice(0, 20) }))
    if (indicator) {
      const dimensions = manifest.dimensionsOf(indicator)
      state.dimension = choose(words.dimension, (name) => dimensions.includes(name), manifest.defaultDimension(indicator), 'notice.dimension', notices)
      state.sex = choose(words.sex, (sex) => manifest.sexesOf(indicator).includes(sex), manifest.sexesOf(indicator)[0], 'notice.sex', notices)
      state.period = choose(words.period, (period) => indicator.periods.includes(period), manifest.defaultPeriod(indicator, state.dimension, state.place), 'notice.period', notices)
    }
    app.state = state
    return notices
  }

  /** The address of the state with `changes`: only what differs from the default is written. */
  app.address = (changes) => {
    const next = { ...app.state, ...changes }
    const manifest = app.manifest
    const indicator = manifest.indicator(next.indicator)
    if (changes && 'indicator' in changes && indicator && changes.indicator !== app.state.indicator) {
      if (!('dimension' in changes)) next.dimension = ''
      if (!('period' in changes)) next.period = ''
      if (!manifest.sexesOf(indicator).includes(next.sex)) next.sex = ''
    }
    const defaults = {
      view: 'place', place: manifest.home(), indicator: manifest.firstIndicator(), level: 'municipality', lang: 'sv', theme: 'auto', sex: manifest.sexesOf(indicator)[0]
    }
    if (indicator) {
      defaults.dimension = manifest.defaultDimension(indicator)
      defaults.period = manifest.defaultPeriod(indicator, next.dimension || defaults.dimension, next.place)
    }
    const parts = KEYS.filter((key) => next[key] && next[key] !== defaults[key]
      && !(next.view !== 'indicator' && ['dimension', 'sex', 'period', 'level'].includes(key)))
    return '#' + (parts.map((key) => `${key}=${encodeURIComponent(next[key]).replace(/%2F/g, '/')}`).join('&') || 'view=place')
  }

  /** Changes the state by changing the address; the page follows the address. A new view or place can be gone back from. */
  app.go = (changes) => {
    const address = app.address(changes)
    if (address === location.hash) return
    app.asked = performance.now()
    if ('view' in changes || 'place' in changes || 'indicator' in changes) location.hash = address
    else location.replace(address)
  }
})(globalThis.JamlikPage ??= {})

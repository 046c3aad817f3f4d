/* A chooser one can type in: the combobox pattern of ARIA 1.2 with a list of groups, for places and indicators.
   What does not belong here: what choosing leads to. */
(function (app) {
  'use strict'

  const SHOWN = 400

  /** The options that hold every typed word, those that begin with the first of them foremost. */
  function matching (options, typed) {
    const words = app.plain(typed).split(/\s+/).filter(Boolean)
    if (!words.length) return options
    const found = options.filter((option) => words.every((word) => option.plain.includes(word)))
    const first = found.filter((option) => option.plain.startsWith(words[0]))
    return first.length ? [...first, ...found.filter((option) => !first.includes(option))] : found
  }

  /**
   * A labelled chooser. `options`: [{value, label, group, plain}], in order, `plain` what is searched where that is more than the label; `chosen`: a value; `onchoose(value)`.
   * Typing filters, the arrows move, Enter chooses, Escape puts back what was chosen.
   */
  app.chooser = ({ id, label, options, chosen, onchoose }) => {
    for (const option of options) option.plain ??= app.plain(option.label)
    const current = options.find((option) => option.value === chosen)
    const listId = `${id}-list`
    let shown = []
    let active = -1

    const input = app.el('input', {
      id, type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', 'aria-autocomplete': 'list', 'aria-expanded': 'false',
      'aria-controls': listId, value: current?.label ?? '', title: current?.label ?? ''
    })
    const list = app.el('ul', { id: listId, role: 'listbox', 'aria-label': label, hidden: true })
    const box = app.el('div', { class: 'chooser' }, app.el('label', { for: id }, label), app.el('div', { class: 'chooser-box' }, input, list))

    function open (typed) {
      shown = matching(options, typed)
      const grouped = !typed.trim()
      let group = null
      const items = []
      shown.slice(0, SHOWN).forEach((option, index) => {
        if (grouped && option.group && option.group !== group) items.push(app.el('li', { role: 'presentation', class: 'chooser-group' }, option.group))
        group = option.group
        items.push(app.el('li', {
          role: 'option', id: `${listId}-${index}`, class: 'chooser-option', 'aria-selected': String(option.value === chosen),
          onmousedown: (event) => { event.preventDefault(); pick(index) }
        }, option.label, !grouped && option.group ? app.el('span', { class: 'chooser-of' }, option.group) : null))
      })
      if (!shown.length) items.push(app.el('li', { role: 'presentation', class: 'chooser-group' }, app.t('choose.none')))
      app.fill(list, items)
      list.hidden = false
      input.setAttribute('aria-expanded', 'true')
      mark(typed.trim() ? (shown.length ? 0 : -1) : shown.findIndex((option) => option.value === chosen))
    }

    function close () {
      list.hidden = true
      active = -1
      input.setAttribute('aria-expanded', 'false')
      input.removeAttribute('aria-activedescendant')
    }

    function mark (index) {
      app.byId(`${listId}-${active}`)?.classList.remove('active')
      active = index
      const option = index < 0 ? null : app.byId(`${listId}-${index}`)
      if (!option) return input.removeAttribute('aria-activedescendant')
      option.classList.add('active')
      input.setAttribute('aria-activedescendant', option.id)
      option.scrollIntoView({ block: 'nearest' })
    }

    function pick (index) {
      const option = shown[index]
      close()
      if (!option) return
      input.value = option.label
      if (option.value !== chosen) onchoose(option.value)
    }

    function move (step) {
      if (list.hidden) return open('')
      const last = Math.min(shown.length, SHOWN) - 1
      mark(active + step > last ? 0 : active + step < 0 ? last : active + step)
    }

    input.addEventListener('focus', () => input.select())
    input.addEventListener('click', () => { if (list.hidden) open('') })
    input.addEventListener('input', () => open(input.value))
    input.addEventListener('blur', () => { close(); input.value = current?.label ?? '' })
    input.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') { event.preventDefault(); move(1) }
      else if (event.key === 'ArrowUp') { event.preventDefault(); move(-1) }
      else if (event.key === 'Enter' && !list.hidden) { event.preventDefault(); pick(active) }
      else if (event.key === 'Escape') { input.value = current?.label ?? ''; close() }
    })
    return box
  }

  /** A labelled native choice. `options`: [{value, label}]. */
  app.select = ({ id, label, options, chosen, onchoose }) => app.el('div', { class: 'chooser' },
    app.el('label', { for: id }, label),
    app.el('select', { id, onchange: (event) => onchoose(event.target.value) },
      options.map((option) => app.el('option', { value: option.value, selected: option.value === chosen }, option.label))))

  /** Lists that are the same until the language changes. */
  const lists = new Map()
  function once (name, make) {
    const key = `${name} ${app.lang}`
    if (!lists.has(key)) lists.set(key, make())
    return lists.get(key)
  }

  /** All places: the nation, the counties, then the municipalities by county. */
  app.placeOptions = () => once('places', () => {
    const byName = (one, other) => app.compareNames(one.name, other.name)
    const areas = app.manifest.areas
    const counties = areas.filter((area) => area.level === 'county').sort(byName)
    const option = (area, group) => ({ value: area.code, label: app.placeName(area), group })
    return [
      ...areas.filter((area) => area.level === 'nation').map((area) => option(area, app.t('choose.nation'))),
      ...counties.map((area) => option(area, app.t('choose.counties'))),
      ...counties.flatMap((county) => areas.filter((area) => area.level === 'municipality' && area.county === county.code).sort(byName)
        .map((area) => option(area, county.name)))
    ]
  })

  /** All indicators by recommendation. */
  app.indicatorOptions = () => once('indicators', () => app.manifest.indicators.map((indicator) => ({
    value: indicator.id,
    label: app.label(indicator, 'title'),
    plain: app.plain([app.label(indicator, 'title'), indicator.title_sv, indicator.title_en, indicator.synonyms_sv, indicator.synonyms_en, indicator.id].filter(Boolean).join(' ')),
    group: `${indicator.recommendation}. ${app.recommendationName(indicator.recommendation)}`
  })))

  /** A place's name: “hela riket” for the nation. */
  app.placeName = (area) => area.level === 'nation' ? app.t('place.nation') : area.name

  app.recommendationName = (number) => {
    const one = app.manifest.recommendation(number)
    return app.lang === 'sv' ? one?.short_sv ?? '' : one?.title_en || one?.short_sv || ''
  }
})(globalThis.JamlikPage ??= {})

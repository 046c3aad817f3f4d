/* Words and numbers: the reader's language, Swedish number forms, periods, units, and what a missing value is called.
   What does not belong here: elements, and which figures are shown. */
(function (app) {
  'use strict'

  const LOCALES = { sv: 'sv-SE', en: 'en-GB' }
  const formats = new Map()
  app.lang = 'sv'
  app.locale = () => LOCALES[app.lang]

  /** The string `key` in the reader's language with {names} filled in. An unknown key is shown as itself, so that it is seen. */
  app.t = (key, values) => {
    const strings = globalThis.JAMLIK_STRINGS ?? {}
    const text = strings[key]?.[app.lang] ?? strings[key]?.sv ?? key
    return values ? text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '') : text
  }

  /** Whether there is a string of that key. */
  app.hasString = (key) => Boolean(globalThis.JAMLIK_STRINGS?.[key])

  /** `thing.stem_sv` or `thing.stem_en`, Swedish where the other is lacking. */
  app.label = (thing, stem = 'label') => (thing?.[`${stem}_${app.lang}`] || thing?.[`${stem}_sv`]) ?? ''

  function formatOf (decimals, sign) {
    const key = `${app.lang} ${decimals} ${sign}`
    if (!formats.has(key)) {
      formats.set(key, new Intl.NumberFormat(app.locale(), {
        minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: sign ? 'exceptZero' : 'negative'
      }))
    }
    return formats.get(key)
  }

  app.isNumber = (value) => typeof value === 'number' && Number.isFinite(value)

  /** A number as the reader's language writes it; nothing for what is no number. */
  app.number = (value, decimals = 1) => app.isNumber(value) ? formatOf(decimals, false).format(value) : ''
  app.signed = (value, decimals = 1) => app.isNumber(value) ? formatOf(decimals, true).format(value) : ''

  /** “95,0–97,1”, or nothing when an end is lacking. */
  app.interval = (lower, upper, decimals = 1) =>
    app.isNumber(lower) && app.isNumber(upper)
      ? `${app.number(lower, decimals)}–${app.number(upper, decimals)}`.replace(/–-/, ' till −')
      : ''

  app.decimals = (indicator) => app.manifest.unitOf(indicator)?.decimals ?? 1

  /** The unit in words: “procent”, and for a difference “procentenheter”. */
  app.unit = (indicator) => app.label(app.manifest.unitOf(indicator))
  app.unitOfDifference = (indicator) => {
    const key = `difference_unit.${indicator.unit}`
    return app.hasString(key) ? app.t(key) : app.unit(indicator)
  }

  /** “2022”, “september 2022”, “2019–2022”. */
  app.period = (period) => {
    const text = String(period ?? '')
    if (text.includes('/')) return text.split('/').map(app.period).join('–')
    const [year, month] = text.split('-')
    if (!month) return year
    const name = new Date(Date.UTC(2000, Number(month) - 1, 1))
      .toLocaleString(app.locale(), { month: 'long', timeZone: 'UTC' })
    return `${name} ${year}`
  }

  /** How many years before the release's own year a period ends: what makes a figure old. */
  app.yearOf = (period) => Number(String(period ?? '').split('/').at(-1).slice(0, 4))
  app.age = (period) => Number(String(app.manifest.release.published_at).slice(0, 4)) - app.yearOf(period)

  /** “12 år gammal” of a figure of an earlier year; nothing of one of the release's own year. */
  app.ageWord = (period) => app.age(period) >= 1 ? app.t('age.old', { years: app.number(app.age(period), 0) }) : ''

  /** A period with its age: “2014, 12 år gammal”. */
  app.periodAndAge = (period) => [app.period(period), app.ageWord(period)].filter(Boolean).join(', ')

  /** Whose figures a series holds: “kvinnor”, “0–17 år”; nothing for the whole population. `key`: {dimension, group, sex}. */
  app.whose = ({ dimension, group, sex }) => [
    ['total', 'sex'].includes(dimension) ? '' : app.label(app.manifest.group(dimension, group)),
    ['women', 'men'].includes(sex) ? app.t(`sex.${sex}`) : ''
  ].filter(Boolean).join(', ')

  /** The same in a sentence, after a noun: “ för kvinnor”, “ för gruppen 0–17 år”. */
  app.forWhom = (key) => app.whose(key) ? ' ' + app.t(['total', 'sex'].includes(key.dimension) ? 'for_whom' : 'for_group', { whose: app.whose(key) }) : ''

  /** A day in the reader's language from an ISO time. */
  app.day = (time) => {
    const date = new Date(time)
    return Number.isNaN(date.getTime()) ? String(time ?? '') : date.toLocaleDateString(app.locale(), { dateStyle: 'long', timeZone: 'Europe/Stockholm' })
  }

  /** What a cell without a figure is called, in a few words. */
  app.missing = (status) => app.hasString(`status.${status}`) ? app.t(`status.${status}`) : app.t('status.missing')

  /** Why there is no figure, in a sentence. */
  app.missingWhy = (status, reason) => {
    if (reason && app.hasString(`reason.${reason}`)) return app.t(`reason.${reason}`)
    return app.hasString(`status_why.${status}`) ? app.t(`status_why.${status}`) : app.t('status_why.missing')
  }

  app.provenance = (code) => app.hasString(`provenance.${code}`) ? app.t(`provenance.${code}`) : code

  /** For sorting names as the reader's language does (å ä ö last in Swedish). */
  let collator = null
  app.compareNames = (one, other) => {
    if (collator?.lang !== app.lang) collator = { lang: app.lang, compare: new Intl.Collator(app.locale()).compare }
    return collator.compare(one, other)
  }

  /** Lower case without accents, for finding “Åsele” by “asele”. */
  app.plain = (text) => text.toLowerCase().normalize('NFD').replace(/[̀-ͯ]/g, '')
})(globalThis.JamlikPage ??= {})

/* Verdicts in words: of a gap, a comparison, a trend. A made-up figure is never judged, whatever its row says.
   What does not belong here: what is judged and how, which the release has done. */
(function (app) {
  'use strict'

  /** Signs beside the words, so that neither colour nor shape stands alone. */
  const TREND_SIGN = { improving: '↗', worsening: '↘', rising: '↗', falling: '↘', narrowing: '→←', widening: '←→', no_certain_change: '→', not_assessable: '·' }
  const COMPARE_SIGN = { better: '▲', worse: '▼', above: '▲', below: '▼', no_certain_difference: '=', not_assessable: '·' }
  const CERTAIN = ['yes', 'no', 'not_assessable']

  app.isMadeUp = (row) => row?.provenance === 'synthetic'

  /** Whether a gap is certain: yes, no, not_assessable; synthetic where it is made up. */
  app.certainOf = (row) => app.isMadeUp(row) ? 'synthetic' : CERTAIN.includes(row?.certain) ? row.certain : 'not_assessable'

  /** “säkerställd skillnad”, “ingen säkerställd skillnad”, “kan inte bedömas”, “påhittad, bedöms inte”. */
  app.certainty = (row) => app.t(`certain.${app.certainOf(row)}`)

  /** How a row compares with the nation, or has moved; `field`: vs_nation, trend, trend_ratio. Nothing where the release has no verdict. */
  app.verdictOf = (row, field) => (app.isMadeUp(row) ? null : row?.[field]) ?? null

  /** A sign and its word; the reason with it where it cannot be assessed; nothing where there is none. */
  function signedWord (sign, key, code, reason) {
    if (!code) return null
    const word = app.t(key)
    if (code === 'not_assessable') return app.el('span', { class: 'verdict' }, app.explained(word, reason && app.hasString(reason) ? app.t(reason) : '', 'absent'))
    return app.el('span', { class: `verdict ${code}` }, app.el('span', { class: 'sign-of', 'aria-hidden': 'true' }, sign ?? '·'), ' ', word)
  }

  /** The arrow says which way the figure goes, the word whether that is for the better. */
  app.trendWord = (row, field = 'trend') => {
    const code = app.verdictOf(row, field)
    const stem = field === 'trend_ratio' ? 'trend_ratio' : 'trend'
    return signedWord(TREND_SIGN[row.kind === 'gap' ? code : row.movement ?? code], `${stem}.${code}`, code, field === 'trend' && `trend_reason.${row.trend_reason}`)
  }

  /** How surely and how much: what is certain and small has a word of its own. */
  app.comparedCode = (row) => {
    const code = app.verdictOf(row, 'vs_nation')
    return code && row.vs_small ? `small_${code}` : code
  }

  /** Where the nation has no figure of its own, what stands for it is said. */
  app.compareWord = (row) => {
    const code = app.verdictOf(row, 'vs_nation')
    const word = signedWord(COMPARE_SIGN[code], `compare.${app.comparedCode(row)}`, code, `compare_reason.${row.vs_reason}`)
    if (word && row.vs_mean) word.append(` ${app.t('compare.of_mean')}`)
    return word
  }
})(globalThis.JamlikPage ??= {})

/* The spine of a row in “Min kommun”: where the place stands among the municipalities, drawn small.
   The bar is the middle half of the municipalities, the tick their median, the diamond the county, the line the nation, the circle the place:
   shape as well as colour. What does not belong here: the row it stands in (view_place.js).
   The charts of the other views, and this one on paper, come from the release's chart definitions. */
(function (app) {
  'use strict'

  const WIDTH = 180
  const HEIGHT = 24
  const EDGE = 8
  const at = (x) => (EDGE + Math.min(1, Math.max(0, x)) * (WIDTH - 2 * EDGE)).toFixed(1)

  const diamond = (x, y) => `M${x},${y - 6}L${x + 5},${y}L${x},${y + 6}L${x - 5},${y}Z`

  /** The spine of one row of an area's file, or nothing where the row has no figure among others. */
  app.spine = (row) => {
    if (!app.isNumber(row.x_p25) || !app.isNumber(row.x_p75)) return null
    const middle = HEIGHT / 2
    const shapes = [app.svg('line', { class: 'spine-axis', x1: EDGE, x2: WIDTH - EDGE, y1: middle, y2: middle })]
    const [left, right] = [row.x_p25, row.x_p75].sort((one, other) => one - other)
    shapes.push(app.svg('rect', { class: 'spine-bar', x: at(left), y: middle - 5, width: Math.max(1, at(right) - at(left)).toFixed(1), height: 10 }))
    if (app.isNumber(row.x_p50)) shapes.push(app.svg('line', { class: 'spine-median', x1: at(row.x_p50), x2: at(row.x_p50), y1: middle - 5, y2: middle + 5 }))
    if (app.isNumber(row.x_nation)) shapes.push(app.svg('line', { class: 'spine-nation', x1: at(row.x_nation), x2: at(row.x_nation), y1: 2, y2: HEIGHT - 2 }))
    if (app.isNumber(row.x_county)) shapes.push(app.svg('path', { class: 'spine-county', d: diamond(Number(at(row.x_county)), middle) }))
    if (app.isNumber(row.x)) shapes.push(app.svg('circle', { class: 'spine-chosen', cx: at(row.x), cy: middle, r: 6 }))
    return app.svg('svg', { class: 'spine', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true', focusable: 'false' }, shapes)
  }

  /** What the shapes are called: drawn once above the rows. */
  app.spineLegend = (area) => {
    const sign = (shape) => app.svg('svg', { class: 'spine sign', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, shape)
    const entry = (shape, text) => app.el('li', {}, sign(shape), text)
    return app.el('ul', { class: 'legend' },
      area.level !== 'nation' && entry(app.svg('circle', { class: 'spine-chosen', cx: 12, cy: 12, r: 7 }), app.placeName(area)),
      area.level === 'municipality' && entry(app.svg('path', { class: 'spine-county', d: diamond(12, 12) }), app.t('legend.county')),
      entry(app.svg('line', { class: 'spine-nation', x1: 12, x2: 12, y1: 2, y2: 22 }), app.t('legend.nation')),
      entry(app.svg('rect', { class: 'spine-bar', x: 2, y: 7, width: 20, height: 10 }), app.t('legend.middle_half')),
      entry(app.svg('line', { class: 'spine-median', x1: 12, x2: 12, y1: 7, y2: 17 }), app.t('legend.median')))
  }
})(globalThis.JamlikPage ??= {})

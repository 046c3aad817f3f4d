/* Which point of a crowded chart the pointer means: the municipalities side by side lie closer than a pixel apart.
   What does not belong here: the chart itself (charts.js), what is said of a point (chart_data.js). */
(function (app) {
  'use strict'

  const REACH = 30 // pixels: farther from every point than this, none is meant
  const RULE = 5 // pixels: as near as this to a line, and farther from every point than that, the line is meant

  const squared = (point, x, y) => (point.x - x) ** 2 + (point.y - y) ** 2

  /**
   * The point that is meant at (x, y), or null. `points`: [{x, y, reach, above}] in the order drawn; `above`: drawn upon the others,
   * and meant wherever its own shape (`reach` pixels around its middle) lies under the pointer. Of several the nearest in both directions.
   */
  app.nearestPoint = (points, x, y) => {
    let best = null
    for (const point of points) {
      const distance = squared(point, x, y)
      const onTop = point.above && distance <= point.reach ** 2
      if (!onTop && distance > REACH ** 2) continue
      if (!best || (onTop && !best.onTop) || (onTop === best.onTop && distance <= best.distance)) best = { point, distance, onTop }
    }
    return best
  }

  /** The drawn marks under `selector` with where they are in the window. */
  const marksIn = (stage, selector) => [...stage.querySelectorAll(selector)].map((node) => {
    const { left, top, width, height } = node.getBoundingClientRect()
    const { datum } = node.__data__ ?? {}
    return { x: left + width / 2, y: top + height / 2, reach: Math.max(width, height) / 2, above: datum?.role !== 'other', datum }
  }).filter((mark) => mark.datum)

  /** Shows the text of the meant point while the pointer moves over `stage`; `show(event, text)`, an empty text for none. */
  app.followPointer = (stage, show) => {
    stage.addEventListener('pointermove', (event) => {
      const meant = app.nearestPoint(marksIn(stage, '.mark-symbol.role-mark path'), event.clientX, event.clientY)
      const rule = marksIn(stage, '.layer_0_marks line').find((line) => Math.abs(line.y - event.clientY) <= RULE)
      const overRule = rule && (!meant || (!meant.onTop && meant.distance > RULE ** 2))
      show(event, (overRule ? rule : meant?.point)?.datum.tip ?? '')
    })
    stage.addEventListener('pointerleave', (event) => show(event, ''))
  }
})(globalThis.JamlikPage ??= {})

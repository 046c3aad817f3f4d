/* A chart saved as a picture: what it is above it, where the figures come from below it, so that it can stand alone.
   What does not belong here: the chart itself (charts.js). */
(function (app) {
  'use strict'

  const PIXELS = 2 // of a PNG to a pixel of the screen
  const EDGE = 10
  const FONT = 'system-ui, "Segoe UI", "Noto Sans", Arial, sans-serif'
  const TITLE = { size: 15, weight: 600 }
  const SOURCE = { size: 11, weight: 400 }

  const pen = () => document.createElement('canvas').getContext('2d')

  /** `text` broken into lines that fit `width` pixels. */
  function lines (context, text, { size, weight }, width) {
    context.font = `${weight} ${size}px ${FONT}`
    const found = ['']
    for (const word of text.split(' ')) {
      const longer = `${found.at(-1)} ${word}`.trim()
      if (found.at(-1) && context.measureText(longer).width > width) found.push(word)
      else found[found.length - 1] = longer
    }
    return found
  }

  /** Where the words go around a chart of `width` × `height`: {width, height, top, texts: [{text, y, size, weight}]}. */
  function layout (width, height, { title, source }) {
    const context = pen()
    const whole = Math.max(width + 2 * EDGE, 320)
    const texts = []
    let y = EDGE
    const add = (text, style) => {
      for (const line of lines(context, text, style, whole - 2 * EDGE)) {
        y += style.size * 1.3
        texts.push({ text: line, y, ...style })
      }
    }
    add(title, TITLE)
    y += 8
    const top = y
    y += height
    add(source, SOURCE)
    return { width: whole, height: Math.ceil(y + EDGE), top, texts }
  }

  /** `view` as a blob of `form` ('png' or 'svg'). */
  app.pictureOf = async (view, form, words) => {
    const { backgroundColor: ground, color: ink } = getComputedStyle(document.body)
    return form === 'svg' ? asSvg(await view.toSVG(), words, ground, ink) : asPng(await view.toCanvas(PIXELS), words, ground, ink)
  }

  function asSvg (text, words, ground, ink) {
    const chart = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement
    const width = Number(chart.getAttribute('width'))
    const height = Number(chart.getAttribute('height'))
    const all = layout(width, height, words)
    const root = app.svg('svg', { xmlns: 'http://www.w3.org/2000/svg', width: all.width, height: all.height, viewBox: `0 0 ${all.width} ${all.height}` },
      app.svg('rect', { width: all.width, height: all.height, fill: ground }),
      all.texts.map((line) => app.svg('text', { x: EDGE, y: line.y, 'font-family': FONT, 'font-size': line.size, 'font-weight': line.weight, fill: ink }, line.text)))
    chart.setAttribute('x', EDGE)
    chart.setAttribute('y', all.top)
    root.append(document.importNode(chart, true))
    return new Blob([new XMLSerializer().serializeToString(root)], { type: 'image/svg+xml' })
  }

  function asPng (chart, words, ground, ink) {
    const all = layout(chart.width / PIXELS, chart.height / PIXELS, words)
    const canvas = app.el('canvas', { width: all.width * PIXELS, height: all.height * PIXELS })
    const context = canvas.getContext('2d')
    context.scale(PIXELS, PIXELS)
    context.fillStyle = ground
    context.fillRect(0, 0, all.width, all.height)
    context.drawImage(chart, EDGE, all.top, chart.width / PIXELS, chart.height / PIXELS)
    context.fillStyle = ink
    for (const line of all.texts) {
      context.font = `${line.weight} ${line.size}px ${FONT}`
      context.fillText(line.text, EDGE, line.y)
    }
    // At once, and not by toBlob, which waits for the browser to be idle: on a busy machine that is seconds.
    const [head, text] = canvas.toDataURL('image/png').split(',')
    if (!head.startsWith('data:image/png') || !text) throw new app.Shown('notice.no_image')
    return new Blob([app.bytesOf(text)], { type: 'image/png' })
  }
})(globalThis.JamlikPage ??= {})

/* Making elements. Text always goes in as text, so that nothing in the data can become markup.
   What does not belong here: words, numbers, data. */
(function (app) {
  'use strict'

  const SVG = 'http://www.w3.org/2000/svg'

  /** Gives `node` its attributes (false and null: none; `on…`: a listener) and its children (text or nodes, lists too). */
  function furnish (node, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === false || value === null || value === undefined) continue
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
      else if (name === 'value' || name === 'selected' || name === 'checked') node[name] = value
      else node.setAttribute(name, value === true ? '' : String(value))
    }
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue
      node.append(child)
    }
    return node
  }

  /** An HTML element: el('p', {class: 'x'}, 'text', el('b', {}, 'more')). */
  app.el = (name, attributes, ...children) => furnish(document.createElement(name), attributes, children)

  /** The same for SVG. */
  app.svg = (name, attributes, ...children) => furnish(document.createElementNS(SVG, name), attributes, children)

  /** Replaces what is in `node`. */
  app.fill = (node, ...children) => {
    node.replaceChildren()
    return furnish(node, {}, children)
  }

  app.byId = (id) => document.getElementById(id)

  let counter = 0
  /** An id that no other element of the page has. */
  app.newId = (stem) => `${stem}-${++counter}`

  /** A word whose explanation shows on hover and on focus, and is read out with it. */
  app.explained = (word, explanation, className) => {
    if (!explanation) return app.el('span', { class: className }, word)
    const id = app.newId('why')
    return app.el('span', { class: `explained ${className ?? ''}`.trim(), tabindex: '0', 'aria-describedby': id },
      word, app.el('span', { class: 'why', role: 'tooltip', id }, explanation))
  }

  /** Says `text` to those who listen to the page instead of looking at it. */
  app.say = (text) => { app.byId('live').textContent = text }

  /** A rest for the browser, so that what is on the page is painted before the next heavy piece. */
  app.breathe = () => new Promise((resolve) => setTimeout(resolve, 0))
})(globalThis.JamlikPage ??= {})

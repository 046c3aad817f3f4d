/* Figures: fetched over http, or by script tag from file://, read with hyparquet into columns, and let go when no longer shown.
   What does not belong here: which figures a chart needs (figures.js), drawing. */
(function (app) {
  'use strict'

  const KEPT = 2 // the files held at once: the one shown and the one before it
  const held = new Map()
  const scripts = new Map()
  const NEEDED = {
    indicator: ['kind', 'area_code', 'period', 'year', 'dimension', 'group_code', 'sex', 'stratum', 'value', 'ci_lower', 'ci_upper', 'status', 'reason'],
    recommendation_status: ['recommendation', 'area_code', 'indicators', 'indicators_measured', 'summary'],
    area: ['kind', 'indicator_id', 'dimension', 'period', 'value', 'ci_lower', 'ci_upper', 'status', 'reason']
  }

  /** Loads a classic script once; rejects with a sentence when it is not there. */
  app.loadScript = (path) => {
    if (!scripts.has(path)) {
      scripts.set(path, new Promise((resolve, reject) => {
        const script = app.el('script', { src: path })
        script.onload = () => resolve(script)
        script.onerror = () => {
          script.remove()
          scripts.delete(path)
          reject(new app.Shown('notice.file_missing', { what: path }))
        }
        document.head.append(script)
      }))
    }
    return scripts.get(path)
  }

  /** The bytes of `data/<name>.parquet` through its script wrapper, which works from file://. */
  async function bytesByScript (name) {
    const path = `data/${encodeURI(name)}.parquet.js`
    const script = await app.loadScript(path)
    const text = globalThis.JAMLIK_DATA?.[name]
    script.remove()
    scripts.delete(path)
    if (globalThis.JAMLIK_DATA) delete globalThis.JAMLIK_DATA[name]
    if (typeof text !== 'string') throw new app.Shown('notice.file_broken', { what: path })
    let binary
    try { binary = atob(text) } catch { throw new app.Shown('notice.file_broken', { what: path }) }
    const bytes = new Uint8Array(binary.length)
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
    return bytes.buffer
  }

  async function bytesByFetch (name) {
    const path = `data/${encodeURI(name)}.parquet`
    let answer
    try { answer = await fetch(path) } catch { throw new app.Shown('notice.file_missing', { what: path }) }
    if (!answer.ok) throw new app.Shown('notice.file_missing', { what: path })
    return answer.arrayBuffer()
  }

  const plain = (value) => typeof value === 'bigint' ? Number(value) : value

  /** A parquet file held as bytes, whose row groups are read into columns when first asked for. */
  class Figures {
    constructor (name, buffer) {
      this.name = name
      this.buffer = buffer
      this.metadata = globalThis.hyparquet.parquetMetadata(buffer)
      this.columns = globalThis.hyparquet.parquetSchema(this.metadata).children.map((column) => column.element.name)
      this.parts = new Map()
      const lacking = NEEDED[name.split('/')[0]].filter((column) => !this.columns.includes(column))
      if (lacking.length) throw new app.Shown('notice.columns_missing', { what: name, columns: lacking.join(', ') })
    }

    get partCount () { return this.metadata.row_groups.length }

    /** The columns of row group `index`: {length, columns: {name: [...]}}. Read once. */
    part (index) {
      if (!this.parts.has(index)) {
        this.parts.set(index, this.read(index).catch((error) => {
          throw error instanceof app.Shown ? error : new app.Shown('notice.file_broken', { what: `data/${this.name}.parquet` })
        }))
      }
      return this.parts.get(index)
    }

    async read (index) {
      const groups = this.metadata.row_groups
      if (!groups[index]) return { length: 0, columns: {} }
      let rowStart = 0
      for (let i = 0; i < index; i++) rowStart += Number(groups[i].num_rows)
      const length = Number(groups[index].num_rows)
      if (!length) return { length: 0, columns: {} }
      const columns = {}
      await globalThis.hyparquet.parquetRead({
        file: this.buffer,
        metadata: this.metadata,
        rowStart,
        rowEnd: rowStart + length,
        onChunk: ({ columnName, columnData, rowStart: first }) => {
          const column = columns[columnName] ??= new Array(length)
          const offset = first - rowStart
          for (let i = 0; i < columnData.length; i++) if (i + offset >= 0 && i + offset < length) column[i + offset] = plain(columnData[i])
        }
      })
      for (const name of this.columns) if (columns[name]?.length !== length) throw new app.Shown('notice.file_broken', { what: this.name })
      return { length, columns }
    }
  }

  /** The file `indicator/<id>` or `area/<code>`; the ones longest unused are let go. */
  app.figures = (name) => {
    const known = held.get(name)
    if (known) held.delete(name)
    const promise = known ?? load(name)
    held.set(name, promise)
    const kind = name.split('/')[0]
    const alike = [...held.keys()].filter((key) => key.startsWith(`${kind}/`))
    for (const key of alike.slice(0, Math.max(0, alike.length - KEPT))) held.delete(key)
    return promise
  }

  async function load (name) {
    try {
      const byScript = location.protocol === 'file:' || typeof fetch !== 'function'
      const buffer = await (byScript ? bytesByScript(name) : bytesByFetch(name))
      return new Figures(name, buffer)
    } catch (error) {
      held.delete(name)
      throw error instanceof app.Shown ? error : new app.Shown('notice.file_broken', { what: `data/${name}.parquet` })
    }
  }

  /** The rows `wanted(i, columns)` of a part as objects. */
  app.rowsWhere = (part, wanted, names) => {
    const rows = []
    for (let i = 0; i < part.length; i++) if (wanted(i, part.columns)) rows.push(rowAt(part, i, names))
    return rows
  }

  function rowAt (part, i, names) {
    const row = {}
    for (const name of names ?? Object.keys(part.columns)) row[name] = part.columns[name]?.[i] ?? null
    return row
  }

  /** The rows of one area: a part is sorted by area, so its stretch is found by halving. */
  app.rowsOfArea = (part, code, wanted = () => true) => {
    const areas = part.columns.area_code ?? []
    let low = 0
    let high = part.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (areas[middle] < code) low = middle + 1
      else high = middle
    }
    const rows = []
    for (let i = low; i < part.length && areas[i] === code; i++) if (wanted(i, part.columns)) rows.push(rowAt(part, i))
    return rows
  }

  /** How many files are held, for the tests of eviction. */
  app.heldFiles = () => [...held.keys()]
})(globalThis.JamlikPage ??= {})

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

  /** The bytes of a base64 text; throws when it is none. */
  app.bytesOf = (text) => {
    const binary = atob(text)
    const bytes = new Uint8Array(binary.length)
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
    return bytes
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
    try { return app.bytesOf(text).buffer } catch { throw new app.Shown('notice.file_broken', { what: path }) }
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

    /** The columns of row group `index`: {length, columns: {name: [...]}}; `names`: those wanted, all without. Read once. */
    part (index, names) {
      return this.once(`${index}`, () => this.read(index, names ?? this.columns))
    }

    /** The same for the rows of some areas only: pages that hold others are stepped over. */
    areas (index, codes, names) {
      const sorted = [...codes].sort()
      return this.once(`${index} ${sorted.join(' ')}`, async () => {
        const { columns: { area_code: areas = [] }, length } = await this.once(`${index} areas`, () => this.read(index, ['area_code']))
        const stretches = sorted.map((code) => ({ code, start: app.firstNotBefore(areas, length, code) }))
          .map(({ code, start }) => ({ start, end: lastOf(areas, length, start, code) })).filter(({ start, end }) => end > start)
        const read = await Promise.all(stretches.map(({ start, end }) => this.read(index, names, start, end)))
        const columns = {}
        for (const name of names) columns[name] = read.flatMap((one) => one.columns[name] ?? [])
        return { length: read.reduce((sum, one) => sum + one.length, 0), columns }
      })
    }

    once (key, make) {
      if (!this.parts.has(key)) {
        this.parts.set(key, make().catch((error) => {
          throw error instanceof app.Shown ? error : new app.Shown('notice.file_broken', { what: `data/${this.name}.parquet` })
        }))
      }
      return this.parts.get(key)
    }

    async read (index, wanted, from = 0, to = Infinity) {
      const groups = this.metadata.row_groups
      if (!groups[index]) return { length: 0, columns: {} }
      let first = 0
      for (let i = 0; i < index; i++) first += Number(groups[i].num_rows)
      const rowStart = first + from
      const length = Math.min(Number(groups[index].num_rows), to) - from
      if (length <= 0) return { length: 0, columns: {} }
      const columns = {}
      const names = this.columns.filter((name) => wanted.includes(name))
      await globalThis.hyparquet.parquetRead({
        file: this.buffer,
        metadata: this.metadata,
        columns: names,
        rowStart,
        rowEnd: rowStart + length,
        onChunk: ({ columnName, columnData, rowStart: at }) => {
          const column = columns[columnName] ??= new Array(length)
          const offset = at - rowStart
          const last = Math.min(columnData.length, length - offset)
          for (let i = Math.max(0, -offset); i < last; i++) column[i + offset] = plain(columnData[i])
        }
      })
      for (const name of names) if (columns[name]?.length !== length) throw new app.Shown('notice.file_broken', { what: this.name })
      return { length, columns }
    }
  }

  /** Where in the sorted `areas` the first that is not before `code` stands. */
  app.firstNotBefore = (areas, length, code) => {
    let low = 0
    let high = length
    while (low < high) {
      const middle = (low + high) >> 1
      if (areas[middle] < code) low = middle + 1
      else high = middle
    }
    return low
  }

  function lastOf (areas, length, start, code) {
    let end = start
    while (end < length && areas[end] === code) end++
    return end
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
    const rows = []
    for (let i = app.firstNotBefore(areas, part.length, code); i < part.length && areas[i] === code; i++) if (wanted(i, part.columns)) rows.push(rowAt(part, i))
    return rows
  }

  /** How many files are held, for the tests of eviction. */
  app.heldFiles = () => [...held.keys()]
})(globalThis.JamlikPage ??= {})

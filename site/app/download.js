/* Downloads of what is shown: CSV for Swedish Excel, xlsx and parquet of a table; PNG and SVG of a chart.
   Made-up figures are marked in the file's name and in a column of every row.
   What does not belong here: what is in the table (chart_data.js). */
(function (app) {
  'use strict'

  /** A text that no spreadsheet takes for a formula (OWASP, CSV injection): an apostrophe before = + - @ tab or return. */
  app.harmless = (text) => /^[=+\-@\t\r]/.test(text) ? `'${text}` : text

  function csvCell (value, column) {
    if (column.kind === 'number') return app.isNumber(value) ? String(value).replace('.', ',') : ''
    const text = app.harmless(String(value ?? ''))
    return /[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }

  /** A table as CSV that Swedish Excel opens by double click: BOM, semicolons, decimal commas, CRLF. */
  app.toCsv = ({ columns, rows }) => '\uFEFF' + [
    columns.map((column) => csvCell(column.title, { kind: 'text' })).join(';'),
    ...rows.map((row) => columns.map((column) => csvCell(row[column.key], column)).join(';'))
  ].join('\r\n') + '\r\n'

  async function toXlsx ({ title, columns, rows }) {
    await app.loadScript('vendor/write-excel-file.js')
    const head = columns.map((column) => ({ value: column.title, fontWeight: 'bold' }))
    const body = rows.map((row) => columns.map((column) => {
      const value = row[column.key]
      if (column.kind === 'number') return app.isNumber(value) ? { value, type: Number } : null
      return value === null || value === undefined || value === '' ? null : { value: app.harmless(String(value)), type: String }
    }))
    const sheet = title.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31).trim() || 'Jämlik'
    return globalThis.writeExcelFile.default([head, ...body], {
      sheet, stickyRowsCount: 1, columns: columns.map((column) => ({ width: column.kind === 'number' ? 14 : 26 }))
    }).toBlob()
  }

  async function toParquet ({ columns, rows }) {
    await app.loadScript('vendor/hyparquet-writer.js')
    const buffer = globalThis.hyparquetWriter.parquetWriteBuffer({
      columnData: columns.map((column) => ({
        name: column.key,
        type: column.kind === 'number' ? 'DOUBLE' : 'STRING',
        nullable: true,
        data: rows.map((row) => column.kind === 'number' ? (app.isNumber(row[column.key]) ? row[column.key] : null) : row[column.key] === undefined || row[column.key] === null ? null : String(row[column.key]))
      }))
    })
    return new Blob([buffer], { type: 'application/vnd.apache.parquet' })
  }

  function save (blob, name) {
    const address = URL.createObjectURL(blob)
    const link = app.el('a', { href: address, download: name })
    document.body.append(link)
    link.click()
    link.remove()
    setTimeout(() => URL.revokeObjectURL(address), 10000)
  }

  /** “motala_riksdag_turnout_trend_2022.csv”, with SYNTETISK in it when figures are made up. */
  app.fileName = (parts, synthetic, ending) => [...parts, synthetic && 'SYNTETISK'].filter(Boolean)
    .map((part) => String(part).normalize('NFD').replace(/[̀-ͯ]/g, '').replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')).join('_') + '.' + ending

  const FORMS = {
    csv: async ({ table }) => new Blob([app.toCsv(table())], { type: 'text/csv;charset=utf-8' }),
    xlsx: ({ table }) => toXlsx(table()),
    parquet: ({ table }) => toParquet(table()),
    png: ({ image }) => image('png'),
    svg: ({ image }) => image('svg')
  }

  /**
   * Buttons that save what is shown. `what`: {name: parts of the file's name, table: () => table, image: (form) => Blob, synthetic: () => boolean}.
   * Something that cannot be made gives a sentence, and the page goes on.
   */
  app.downloads = (what) => {
    const forms = Object.keys(FORMS).filter((form) => ['png', 'svg'].includes(form) ? what.image : what.table)
    if (!forms.length) return null
    const said = app.el('span', { class: 'said', role: 'status' })
    const press = async (form) => {
      try {
        const name = app.fileName(what.name(), what.synthetic(), form)
        save(await FORMS[form](what), name)
        said.textContent = app.t('download.done', { name })
      } catch (error) {
        said.textContent = app.sentenceOf(error, form)
      }
    }
    return app.el('div', { class: 'downloads' }, app.el('span', { class: 'downloads-word' }, what.part ? app.t('download.of', { what: what.part }) : app.t('download.word')),
      forms.map((form) => app.el('button', {
        type: 'button', title: app.t(`download.${form}`), 'aria-label': app.t('download.label', { form: app.t(`download.${form}`), what: what.title }), onclick: () => press(form)
      }, app.t(`download.short.${form}`))), said)
  }
})(globalThis.JamlikPage ??= {})

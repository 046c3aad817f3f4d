/* The table behind a chart: what the chart shows, cell by cell, with the reason where there is no figure.
   A table is {title, columns: [{key, title, kind: 'text' | 'number', decimals, exported}], rows: [{…}], synthetic}. A row is a figure with
   `status`, `reason` and `provenance`; `exported` columns are only in the downloads, since the screen says it in the cell.
   What does not belong here: which rows a chart has (chart_data.js), files (download.js). */
(function (app) {
  'use strict'

  const SHOWN = 320

  /** The columns that every table of figures ends with. `decimals`: of the indicator, `title`: of the value. */
  app.figureColumns = (title, decimals) => [
    { key: 'value', title, kind: 'number', decimals },
    { key: 'ci_lower', title: app.t('table.lower'), kind: 'number', decimals, quiet: true },
    { key: 'ci_upper', title: app.t('table.upper'), kind: 'number', decimals, quiet: true },
    { key: 'status_text', title: app.t('table.status'), kind: 'text', exported: true },
    { key: 'reason_text', title: app.t('table.reason'), kind: 'text', exported: true },
    { key: 'provenance_text', title: app.t('table.provenance'), kind: 'text', exported: true }
  ]

  /** What the exported columns hold for a row of figures. */
  app.withTexts = (row) => ({
    ...row,
    status_text: app.isNumber(row.value) ? app.t('status.observed') : app.missing(row.status),
    reason_text: app.isNumber(row.value) ? (row.reliability ? app.t(`reliability.${row.reliability}`) : '') : app.missingWhy(row.status, row.reason),
    provenance_text: app.provenance(row.provenance ?? '')
  })

  function cell (row, column) {
    const value = row[column.key]
    if (column.kind !== 'number') return app.el('td', {}, value ?? '')
    if (app.isNumber(value)) {
      const caution = column.key === 'value' && row.reliability
        ? app.explained('!', app.t(`reliability.${row.reliability}`), 'caution') : null
      return app.el('td', { class: 'num' }, app.number(value, column.decimals), caution)
    }
    if (column.quiet) return app.el('td', { class: 'num' }, app.isNumber(row.value) ? app.explained('–', app.t('table.no_interval'), 'absent') : '')
    return app.el('td', { class: 'num' }, app.explained(row.missing_text ?? app.missing(row.status), row.missing_why ?? app.missingWhy(row.status, row.reason), 'absent'))
  }

  /** The table as an element, in a box of its own that can be scrolled sideways by keyboard, too. */
  app.table = ({ title, columns, rows, synthetic }) => {
    const visible = columns.filter((column) => !column.exported || (synthetic && column.key === 'provenance_text'))
    const body = rows.slice(0, SHOWN).map((row) => app.el('tr', {}, visible.map((column, index) =>
      index === 0 ? app.el('th', { scope: 'row' }, row[column.key] ?? '') : cell(row, column))))
    const caption = app.newId('caption')
    return app.el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-labelledby': caption },
      app.el('table', {},
        app.el('caption', { id: caption }, title, synthetic ? app.el('strong', { class: 'synthetic' }, ` ${app.t('chart.synthetic')}`) : null),
        app.el('thead', {}, app.el('tr', {}, visible.map((column) => app.el('th', { scope: 'col', class: column.kind === 'number' && 'num' }, column.title)))),
        app.el('tbody', {}, body.length ? body : app.el('tr', {}, app.el('td', { colspan: visible.length }, app.t('table.empty'))))),
      rows.length > SHOWN ? app.el('p', { class: 'note' }, app.t('table.cut', { shown: app.number(SHOWN, 0), all: app.number(rows.length, 0) })) : null)
  }

  /** A table that is only made when somebody opens it. */
  app.foldedTable = (makeTable) => {
    const details = app.el('details', { class: 'behind' }, app.el('summary', {}, app.t('table.show')))
    details.addEventListener('toggle', () => {
      if (details.open && details.children.length === 1) details.append(app.table(makeTable()))
    })
    return details
  }
})(globalThis.JamlikPage ??= {})

import Table, { type CharName, type HorizontalAlignment } from 'cli-table3';

/** A table's rows; cells may have several lines and colours. */
export interface TableText {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that are numbers, and stand right. */
  readonly right?: readonly number[];
}

const GAP = 2;
const NARROWEST_TABLE = 70; // below that a card for each row reads better than columns of broken words

/**
 * A table as wide as its terminal: columns narrowed where need be, cards where that does not help. Without `columns`, as in a
 * pipe, as wide as its text. Ends with a line feed.
 */
export function formatTable(table: TableText, columns: number | undefined): string {
  const lines = { ...table, rows: splitRows(table.rows) };
  const natural = measure([lines.head, ...lines.rows]);
  if (columns === undefined || widthOf(natural) <= columns) return render(lines, natural);
  const words = [lines.head, ...lines.rows].map((cells) => cells.map((cell) => cell.replaceAll(' ', '\n')));
  const widths = columns < NARROWEST_TABLE ? undefined : shrink(natural, measure(words), columns);
  return widths === undefined ? renderCards(table, columns) : render(lines, widths);
}

/** A row a line: cli-table3 takes seconds for a cell of a hundred lines. Tall rows are set apart by an empty one. */
function splitRows(rows: TableText['rows']): string[][] {
  const areTall = rows.some((cells) => cells.some((cell) => cell.includes('\n')));
  return rows.flatMap((cells, index) => {
    const columns = cells.map((cell) => cell.split('\n'));
    const height = Math.max(...columns.map(({ length }) => length));
    const lines = Array.from({ length: height }, (_, line) => columns.map((column) => column[line] ?? ''));
    return areTall && index > 0 ? [cells.map(() => ''), ...lines] : lines;
  });
}

const NO_RULES = Object.fromEntries([
  ...['top', 'bottom', 'left', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((end) => [`${side}${end}`, '']),
  ),
  ['middle', ' '.repeat(GAP)],
  ['mid', '─'],
  ['mid-mid', '─'.repeat(GAP)],
]) as Partial<Record<CharName, string>>; // names that cli-table3 does not know are ignored
const STYLE = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };

function render({ head, rows, right = [] }: TableText, widths: readonly number[]): string {
  const colAligns = head.map((_, index): HorizontalAlignment => (right.includes(index) ? 'right' : 'left'));
  const options = { head: [...head], chars: NO_RULES, style: STYLE, colAligns };
  const table = new Table({ ...options, colWidths: [...widths], wordWrap: true });
  for (const cells of rows) table.push([...cells]);
  return trimLines(table.toString());
}

function renderCards({ head, rows }: TableText, columns: number): string {
  const [, ...labels] = head;
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const valueWidth = Math.max(columns - labelWidth - GAP * 2, 10);
  const cards = rows.map(([title = '', ...values]) => {
    const table = new Table({
      chars: { ...NO_RULES, left: ' '.repeat(GAP), mid: '' },
      style: STYLE,
      colWidths: [labelWidth, valueWidth],
      wordWrap: true,
      wrapOnWordBoundary: false,
    });
    for (const [index, value] of values.entries()) if (value !== '') table.push([labels[index] ?? '', value]);
    return `${title.replaceAll('\n', ' ')}\n${trimLines(table.toString())}`;
  });
  return cards.join('\n');
}

function trimLines(text: string): string {
  return `${text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}

const widthOf = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);

/** What cli-table3 would make the columns. */
function measure(rows: readonly (readonly string[])[]): number[] {
  const table = new Table({ chars: NO_RULES, style: STYLE });
  for (const cells of rows) table.push([...cells]);
  table.toString();
  return table.options.colWidths.map((width) => width ?? 0);
}

/** The widest columns narrowed until all fit, none below its longest word; undefined where that is not enough. */
function shrink(natural: readonly number[], shortest: readonly number[], columns: number): number[] | undefined {
  const widths = [...natural];
  for (let over = widthOf(widths) - columns; over > 0; over -= 1) {
    const spare = widths.map((width, index) => (width > (shortest[index] ?? 0) ? width : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest] === 0) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** The text in lines that end with a line feed, as wide as the terminal and all indented; broken between words where there are any. */
export function wrapText(text: string, columns: number, indent = ''): string {
  const width = Math.max(columns - indent.length, 20);
  const lines = text.match(new RegExp(`\\S.{0,${width - 1}}(?=\\s|$)|\\S{${width}}`, 'g')) ?? [];
  return lines.map((line) => `${indent}${line}\n`).join('');
}

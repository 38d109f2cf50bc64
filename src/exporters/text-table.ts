import { columns } from '../common/terminal-text.js';

/** A table for a terminal: a head, a line under it, rows; the first column at the left, the others at the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => columns(row[column]!))));
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - columns(cell));
        return column === 0 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return `${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
}

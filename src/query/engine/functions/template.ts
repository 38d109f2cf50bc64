/** What a regular expression's match has to offer. */
export interface Groups {
  groupCount(): number;
  group(name: number | string): string | null;
}

/**
 * Puts the groups of a match into a template as Go does: `$1`, `${1}`, `$name`, `${name}`, `$$`. The longest name
 * counts (`$1x` is the group `1x`), and a group that there is not is empty.
 */
export function expandTemplate(template: string, groups: Groups): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
    if (whole === '$$') return '$';
    return groupOf(groups, (braced ?? plain)!);
  });
}

function groupOf(groups: Groups, name: string): string {
  if (/^\d+$/.test(name)) {
    const index = Number(name);
    return index <= groups.groupCount() ? (groups.group(index) ?? '') : '';
  }
  try {
    return groups.group(name) ?? '';
  } catch {
    return ''; // no group of that name
  }
}

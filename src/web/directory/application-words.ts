/** `Corin Vale`, `Corin Vale or Ada Brightwater`, `Corin Vale, Ada Brightwater or 3 more`. */
export function namesOf(people: readonly { name: string }[]): string {
  const names = people.map(({ name }) => name);
  if (names.length === 0) return 'Nobody';
  if (names.length <= 3)
    return names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return `${names.slice(0, 2).join(', ')} or ${names.length - 2} more`;
}

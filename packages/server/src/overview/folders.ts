/**
 * Experiments lie in folders by the slashes in their names. A slash at the start or after another is
 * part of the next name (`/Users/me/churn` lies in `/Users`), and one at the end of the last.
 */

/** The name within the folder; undefined where it does not lie in it. */
export const placeIn = (folder: string, name: string): string | undefined =>
  (folder === '' ? name : name.startsWith(`${folder}/`) && name.length > folder.length + 1 ? name.slice(folder.length + 1) : undefined)

/** The folder directly in `folder` in which the experiment lies; undefined where it lies in that one itself. */
export function childOf(folder: string, name: string): string | undefined {
  const place = placeIn(folder, name)
  const end = place?.indexOf('/', 1) ?? -1
  return end === -1 || end === place!.length - 1 ? undefined : place!.slice(0, end)
}

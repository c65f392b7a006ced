// Puts evidence into the template of a file that verifies it.

/** Where the evidence goes. */
const place = '@EVIDENCE@';

/**
 * The file.
 * @throws Error where the template is not one: an older collector's page, say
 */
export function fillTemplate(template: string, bundle: string): string {
  const [before, after, ...more] = template.split(place);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error('the template of evidence files has no place for evidence: reload the page, the collector may have been updated');
  }
  return `${before}${bundle}${after}`;
}

/** The text of evidence in its element, without the line feed that stands before it. */
export function evidenceOf(elementText: string): string {
  return elementText.replace(/^\n/, '');
}

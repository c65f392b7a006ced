/** Gives a file to the person at this browser. */
export function saveFile(name: string, content: Uint8Array<ArrayBuffer> | string, mediaType = 'application/octet-stream'): void {
  const url = URL.createObjectURL(new Blob([content], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

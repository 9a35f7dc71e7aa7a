/** Reads an answer's text, up to a limit: whoever sends more has it thrown away. */
export async function readLimited(answer: Response, bytes: number): Promise<string> {
  const reader = answer.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let read = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    read += value.length;
    if (read > bytes) {
      await reader.cancel();
      throw new RangeError(`more than ${bytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

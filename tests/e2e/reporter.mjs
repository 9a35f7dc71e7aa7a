/** Prints one line a story and, last of all, the sum as JSON. */
export default async function* report(events) {
  const sum = { stories: 0, passed: 0, failed: 0 };
  for await (const { type, data } of events) {
    const story = data?.nesting === 1 && (type === 'test:pass' || type === 'test:fail');
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type === 'test:fail' && !story) {
      const error = data.details?.error;
      if (error?.failureType !== 'subtestsFailed') {
        sum.stories += 1;
        sum.failed += 1;
        yield `not ok  ${data.name}\n${describe(error)}\n`;
      }
    }
    if (!story || data.skip !== undefined || data.details?.type === 'suite') continue;
    const passed = type === 'test:pass';
    sum.stories += 1;
    sum[passed ? 'passed' : 'failed'] += 1;
    const seconds = ((data.details?.duration_ms ?? 0) / 1000).toFixed(1);
    yield `${passed ? 'ok    ' : 'not ok'}  ${seconds.padStart(5)} s  ${data.name}\n`;
    if (!passed) yield `${describe(data.details?.error)}\n`;
  }
  yield `${JSON.stringify(sum)}\n`;
}

/** @param {any} error */
const describe = (error) => String(error?.cause?.stack ?? error?.cause ?? error?.stack ?? error).replace(/^/gm, '    ');

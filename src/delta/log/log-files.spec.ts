import { LogFiles } from './log-files.js';

const files = new LogFiles('silver/flights');
const LOG = 'silver/flights/_delta_log';

describe('LogFiles', () => {
  it('pads versions to twenty digits', () => {
    expect(files.entry(7)).toBe(`${LOG}/00000000000000000007.json`);
    expect(files.checkpoint(10)).toBe(`${LOG}/00000000000000000010.checkpoint.parquet`);
  });

  it('knows an entry from everything else in the log', () => {
    expect(files.versionOf(files.entry(12))).toBe(12);
    expect(files.versionOf(files.checkpoint(12))).toBeUndefined();
    expect(files.versionOf(`${LOG}/00000000000000000004.00000000000000000006.compacted.json`)).toBeUndefined();
  });

  it('finds checkpoints newest first, and one in parts only when no part is missing', () => {
    const whole = files.checkpointParts(30, 3);
    const torn = files.checkpointParts(40, 2).slice(0, 1);
    const found = files.checkpointsAmong([files.entry(1), files.checkpoint(10), files.checkpoint(20), ...whole, ...torn]);
    expect(found).toEqual([
      { version: 30, paths: whole },
      { version: 20, paths: [files.checkpoint(20)] },
      { version: 10, paths: [files.checkpoint(10)] },
    ]);
  });

  it('names the beginning that a version shares with its neighbours', () => {
    expect(files.entry(1234).startsWith(files.neighbourhood(1290, 2))).toBe(true);
    expect(files.entry(1300).startsWith(files.neighbourhood(1290, 2))).toBe(false);
    expect(files.neighbourhood(5, 20)).toBe(`${LOG}/`);
  });
});

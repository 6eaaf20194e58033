import { beatsBaseline } from './gate.js';

describe('beatsBaseline', () => {
  it('lets a regression pass whose RMSE is smaller', () => {
    expect(beatsBaseline('regression', { rmse: 33.2 }, { rmse: 36.2 })).toBe(true);
  });

  it('does not care for accuracy', () => {
    expect(beatsBaseline('classification', { log_loss: 0.6, accuracy: 0.9 }, { log_loss: 0.5, accuracy: 0.8 })).toBe(false);
  });

  it.each([
    ['equal to its baseline', { rmse: 36.2 }],
    ['not a number', { rmse: NaN }],
    ['missing', {}],
  ])('stops a model whose metric is %s', (_what, metrics) => {
    expect(beatsBaseline('regression', metrics, { rmse: 36.2 })).toBe(false);
  });
});

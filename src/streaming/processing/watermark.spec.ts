import { Watermark } from './watermark.js';

describe('Watermark', () => {
  const aWatermark = (partitions: number): Watermark => {
    const watermark = new Watermark(10);
    for (let partition = 0; partition < partitions; partition++) watermark.add(partition);
    return watermark;
  };

  it('waits for every partition, and is behind the slowest by its delay', () => {
    const watermark = aWatermark(2);
    expect(watermark.observe(0, 100)).toBe(false);
    expect([watermark.observe(1, 50), watermark.time]).toEqual([true, 40]);
    expect([watermark.observe(0, 500), watermark.time]).toEqual([false, 40]);
    expect([watermark.observe(1, 200), watermark.time]).toEqual([true, 190]);
  });

  it('never goes back: not by an old event, not by a new partition, not by one that wakes', () => {
    const watermark = aWatermark(1);
    watermark.observe(0, 100);
    expect([watermark.observe(0, 20), watermark.time]).toEqual([false, 90]);
    watermark.add(1);
    expect([watermark.observe(1, 30), watermark.time]).toEqual([false, 90]);
    watermark.rest(1);
    watermark.observe(0, 200);
    expect([watermark.observe(1, 40), watermark.time]).toEqual([false, 190]);
  });

  it('stands where it stood when its partitions are restored one by one', () => {
    const watermark = new Watermark(10);
    watermark.restore(40);
    watermark.add(0, 500);
    watermark.add(1, 50);
    expect([watermark.observe(0, 510), watermark.time]).toEqual([false, 40]);
    expect([watermark.observe(1, 70), watermark.time]).toEqual([true, 60]);
  });

  it('does not wait for a partition that rests, and waits for it again when it gives something', () => {
    const watermark = aWatermark(2);
    watermark.observe(0, 100);
    expect([watermark.rest(1), watermark.time]).toEqual([true, 90]);
    watermark.observe(1, 95);
    expect([watermark.observe(0, 300), watermark.time]).toEqual([false, 90]);
    expect([watermark.observe(1, 200), watermark.time]).toEqual([true, 190]);
  });

  it('goes with the furthest when all rest', () => {
    const watermark = aWatermark(2);
    watermark.observe(0, 100);
    watermark.observe(1, 300);
    watermark.rest(1);
    expect([watermark.rest(0), watermark.time]).toEqual([true, 290]);
  });
});

import { register } from 'prom-client';
import { countedElsewhere, counter, gauge, histogram } from './metrics.js';

describe('metrics', () => {
  afterEach(() => register.clear());

  const anIdea = { name: 'lab_ideas_total', help: 'Ideas had', labels: ['kind'] } as const;
  const aMood = { name: 'lab_mood', help: 'How it goes', labels: ['who'] } as const;

  it('are one each, however often they are asked for', async () => {
    counter(anIdea).inc({ kind: 'good' });
    counter(anIdea).inc({ kind: 'good' });
    histogram({ ...aMood, name: 'lab_think_seconds' }, [1, 10]).observe({ who: 'ana' }, 3);
    histogram({ ...aMood, name: 'lab_think_seconds' }, [1, 10]).observe({ who: 'ana' }, 30);
    const text = await register.metrics();
    expect(text).toContain('lab_ideas_total{kind="good"} 2');
    expect(text).toContain('lab_think_seconds_bucket{le="10",who="ana"} 1');
    expect(text).toContain('lab_think_seconds_count{who="ana"} 2');
  });

  it('are read at the moment of the scrape, and forget what is gone', async () => {
    let moods = [{ labels: { who: 'ana' }, value: 1 }];
    gauge(aMood, () => Promise.resolve(moods));
    expect(await register.metrics()).toContain('lab_mood{who="ana"} 1');
    moods = [{ labels: { who: 'rui' }, value: 2 }];
    const text = await register.metrics();
    expect(text).toContain('lab_mood{who="rui"} 2');
    expect(text).not.toContain('ana');
  });

  it('may be counted by who owns them', async () => {
    const had = [{ labels: { kind: 'good' }, value: 3 }];
    countedElsewhere(anIdea, () => had);
    expect(await register.metrics()).toContain('lab_ideas_total{kind="good"} 3');
    had.push({ labels: { kind: 'bad' }, value: 1 });
    const text = await register.metrics();
    expect(text).toContain('lab_ideas_total{kind="good"} 3');
    expect(text).toContain('lab_ideas_total{kind="bad"} 1');
  });

  it('are told without the one that cannot be read', async () => {
    counter(anIdea).inc({ kind: 'good' });
    gauge(aMood, () => Promise.reject(new Error('The database is away')));
    const text = await register.metrics();
    expect(text).toContain('lab_ideas_total{kind="good"} 1');
    expect(text).not.toContain('lab_mood{');
  });
});

import { editionKey } from './edition-key.js';

describe('the key of a title', () => {
  it.each(['Café Noir', 'CAFE  NOIR!', 'Café Noir (Tales, #1)', 'Café Noir [Large print] (2nd edition)'])(
    'is one for %s',
    (title) => expect(editionKey(title)).toBe('cafe noir'),
  );

  it.each(['Café Noir, Vol. 2', 'Café Noir: A Sequel'])('is another one for %s', (title) =>
    expect(editionKey(title)).not.toBe('cafe noir'),
  );

  it.each(['(untitled)', '???'])('is never empty, as for %s', (title) => expect(editionKey(title)).toBe(title));
});

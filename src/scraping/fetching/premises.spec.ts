import { Premises } from './premises.js';

describe('the premises of a shop', () => {
  const shop = new Premises('http://shop.test/books');

  it('begin at its address, with or without a slash at the end', () => {
    expect([shop.home, new Premises('http://shop.test/books/').home]).toEqual(Array(2).fill('http://shop.test/books/'));
    expect(shop.at('catalogue/page-1.html')).toBe('http://shop.test/books/catalogue/page-1.html');
  });

  it.each(['http://shop.test/books/', 'http://SHOP.test:80/books/a_1/index.html?x=1', 'http://shop.test/robots.txt'])(
    'have %s in them',
    (url) => expect(shop.objectionTo(url)).toBeUndefined(),
  );

  it.each([
    ['http://shop.test:8080/books/', 'goes to no other host, port or protocol'],
    ['https://shop.test/books/', 'goes to no other host, port or protocol'],
    ['http://shop.test.evil.example/books/', 'goes to no other host'],
    ['http://169.254.169.254/latest/meta-data/', 'goes to no other host'],
    ['http://admin:secret@shop.test/books/', 'carries a name or a password'],
    ['http://shop.test/admin/', 'is not below http://shop.test/books/'],
    ['http://shop.test/books/../admin/', 'is not below'],
    ['http://shop.test/books/%2e%2e/admin/', 'is not below'],
    ['file:///etc/passwd', 'is not a protocol of pages'],
    ['http://', 'is no address'],
  ])('end before %s', (url, why) => expect(shop.objectionTo(url)).toContain(why));
});

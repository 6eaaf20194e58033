import { signatureHeaders } from './webhook-signature.js';

// The example of the Standard Webhooks specification's own libraries.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const SENT_AT = new Date(1_614_265_330_000);
const BODY = '{"test": 2432232314}';

describe('the signature of a webhook', () => {
  it('is that of the specification', () => {
    expect(signatureHeaders(SECRET, ID, SENT_AT, BODY)).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('takes a secret of letters as it is', () => {
    const plain = 'a secret of plain letters';
    const encoded = `whsec_${Buffer.from(plain).toString('base64')}`;
    expect(signatureHeaders(plain, ID, SENT_AT, BODY)).toEqual(signatureHeaders(encoded, ID, SENT_AT, BODY));
  });

  it.each([
    ['secret', signatureHeaders('another', ID, SENT_AT, BODY)],
    ['id', signatureHeaders(SECRET, 'msg_2', SENT_AT, BODY)],
    ['time', signatureHeaders(SECRET, ID, new Date(SENT_AT.getTime() + 1000), BODY)],
    ['body', signatureHeaders(SECRET, ID, SENT_AT, `${BODY} `)],
  ])('is another one for another %s', (_what, { 'webhook-signature': signature }) => {
    expect(signature).not.toBe(signatureHeaders(SECRET, ID, SENT_AT, BODY)['webhook-signature']);
  });
});

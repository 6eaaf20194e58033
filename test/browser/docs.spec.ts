import { type Browser, chromium, type Page } from 'playwright-core';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';
import { debianProgram } from '../interop/servers/debian-package.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Swagger UI as a person uses it. */
describe('the page at /docs', () => {
  let folder: string;
  let lab: Lab;
  let browser: Browser;
  let page: Page;
  const elsewhere: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await aLabFolder();
    lab = await Lab.start(folder, { WORKSPACE_DIR: await aWorkspace(folder) });
    browser = await chromium.launch({ executablePath: await debianProgram('/usr/bin/chromium', 'chromium'), args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('request', (request) => {
      if (!request.url().startsWith(lab.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
    await removeFolder(folder);
  });

  const operation = (id: string) => page.locator(`.opblock:has(.opblock-summary-path[data-path="${id}"])`);

  it('is where / sends a browser', async () => {
    await page.goto(lab.url);
    await page.waitForSelector('.opblock');
    expect(new URL(page.url()).pathname).toBe('/docs');
    expect(await page.locator('.opblock').count()).toBeGreaterThan(30);
  });

  it('logs in with the example as it stands, and is let in with the token', async () => {
    const login = operation('/api/v1/auth/login');
    await login.locator('.opblock-summary').click();
    await login.locator('.execute').click();
    const answer = await login.locator('.live-responses-table .highlight-code').first().innerText();
    const token = /"access_token": "([^"]+)"/.exec(answer)?.[1] ?? '';
    expect(token.split('.')).toHaveLength(3);

    await page.locator('.auth-wrapper .authorize').click();
    await page.locator('.auth-container input').first().fill(token);
    await page.locator('.auth-btn-wrapper .authorize').first().click();
    await page.locator('.btn-done').first().click();

    const models = operation('/models').first();
    await models.locator('.opblock-summary').click();
    await models.locator('.execute').click();
    expect(await models.locator('.live-responses-table tbody .response-col_status').first().innerText()).toMatch(/^200/);
  });

  it('asks no other host for anything, and has nothing to complain of', () => {
    expect([elsewhere, complaints]).toEqual([[], []]);
  });
});

// SPDX-License-Identifier: Apache-2.0
// Drives chromium as a person would: by labels, roles and names. Reads one JSON command a line and
// answers each with one line: {"value": ...} or {"error": "..."}.
'use strict';

const fs = require('fs');
const readline = require('readline');
const { chromium } = require('playwright-core');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const NARROW = 320; // 1280 at 400 %
const FINGER = 44; // CSS pixels
const WAIT = 10000; // for one thing on a page
const COMMAND_WAIT = 30000;

const pages = new Map();
let browser;

// What a page must never do: log an error, break its policy, ask anybody else for anything.
function watch(page, origins, problems) {
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    if (/Failed to load resource: the server responded/.test(message.text())) return; // seen as a status
    problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => {
    if (request.failure().errorText !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()}`);
  });
  page.on('request', (request) => {
    if (!origins.includes(new URL(request.url()).origin)) problems.push(`foreign: ${request.url()}`);
  });
  page.on('response', (response) => {
    const request = response.request();
    if (!request.isNavigationRequest() && response.status() >= 400) {
      problems.push(`${response.status()}: ${response.url()}`);
    }
  });
}

async function open({ name, origins, options }) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(WAIT);
  const page = await context.newPage();
  const problems = [];
  watch(page, origins, problems);
  pages.set(name, { page, context, problems });
}

// Clicks what leads to another page, and waits until that is there.
async function leave(page, locator) {
  const [response] = await Promise.all([page.waitForNavigation({ timeout: WAIT }), locator.click()]);
  return response && response.status();
}

async function axe(page, within) {
  const run = async ([tags, selector]) => {
    const found = await window.axe.run(selector, { runOnly: tags, rules: { 'target-size': { enabled: true } } });
    return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html).join(' ')}`);
  };
  await page.evaluate(AXE);
  return page.evaluate(run, [TAGS, within]);
}

// What a finger has to hit on a phone; links within sentences may be smaller.
function smallTargets(least) {
  const links = '.act a, .links a, .after a, .back a, .errors a';
  const fields = '.choice, .option label, .field input:not([type=radio], [type=checkbox], .unseen)';
  const targets = document.querySelectorAll(`button, summary, .button, ${links}, ${fields}`);
  const shown = [...targets].filter((element) => element.checkVisibility());
  const small = shown.filter((element) => element.getBoundingClientRect().height < least);
  return small.map((element) => `too small for a finger: ${element.outerHTML}`);
}

// A button of one word is no place for two lines.
function brokenWords() {
  const broken = [...document.querySelectorAll('button, .button')].filter((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
    return !/\s/.test(element.textContent.trim()) && lines.size > 1;
  });
  return broken.map((element) => `broken: ${element.outerHTML}`);
}

async function narrow(page) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: NARROW, height: 640 });
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
  const small = await page.evaluate(smallTargets, FINGER);
  const found = [...small, ...(await page.evaluate(brokenWords))];
  await page.setViewportSize(size);
  return wide > NARROW ? [`${wide} pixels wide at ${NARROW}`, ...found] : found;
}

// In light and in dark, and as narrow as a page gets when it is enlarged to 400 %.
async function inspect(page, within = 'html') {
  const found = [];
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await axe(page, within)).map((text) => `${colorScheme} ${text}`));
  }
  return [...found, ...(await page.evaluate(unlinkedErrors)), ...(await narrow(page))];
}

// Each error is a link to its field, and said once more beside it.
function unlinkedErrors() {
  const beside = [...document.querySelectorAll('.wrong')].map((element) => element.innerText.trim());
  const links = [...document.querySelectorAll('.errors a')];
  const lost = links.filter((link) => {
    const field = document.querySelector(link.hash);
    return !field || (!field.ariaInvalid && field.tagName !== 'FIELDSET') || !beside.includes(link.innerText.trim());
  });
  return lost.map((link) => `not beside a field: ${link.innerText}`);
}

const texts = (page, selector) => page.locator(selector).allInnerTexts();

const commands = {
  goto: async ({ page }, url) => (await page.goto(url)).status(),
  reload: async ({ page }) => (await page.reload()).status(),
  back: async ({ page }) => { await page.goBack(); },
  fill: ({ page }, label, text) => page.getByLabel(label, { exact: true }).fill(text),
  field: ({ page }, label) => page.getByLabel(label, { exact: true }).inputValue(),
  labels: ({ page }, label) => page.getByLabel(label, { exact: true }).count(),
  attribute: ({ page }, label, name) => page.getByLabel(label, { exact: true }).getAttribute(name),
  upload: ({ page }, label, file) => page.getByLabel(label, { exact: true }).setInputFiles(file),
  choose: ({ page }, name) => page.getByRole('radio', { name, exact: true }).check(),
  press: ({ page }, name) => leave(page, page.getByRole('button', { name, exact: true })),
  toggle: ({ page }, name) => page.getByRole('button', { name, exact: true }).click(),
  leave: ({ page }, selector) => leave(page, page.locator(selector)),
  follow: ({ page }, name) => leave(page, page.getByRole('link', { name, exact: true })),
  open_menu: ({ page }, name) => page.getByRole('banner').getByText(name, { exact: true }).click(),
  key: ({ page }, key) => page.keyboard.press(key),
  enter: async ({ page }) => { await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]); },
  offers: async ({ page }, role, name) => (await page.getByRole(role, { name, exact: true }).count()) > 0,
  text: ({ page }, selector) => page.locator(selector).first().innerText(),
  texts: ({ page }, selector) => texts(page, selector),
  look: async ({ page }) => ({
    url: page.url(),
    title: await page.title(),
    heading: (await texts(page, 'h1')).join(' | '),
    errors: await texts(page, '.errors li'),
    statuses: await texts(page, '[role=status]'),
    language: await page.locator('html').getAttribute('lang'),
  }),
  evaluate: ({ page }, code) => page.evaluate(code),
  inspect: ({ page }, within) => inspect(page, within),
  problems: async ({ problems }) => problems.splice(0),
  cookies: ({ context }) => context.cookies(),
  clear_cookies: ({ context }) => context.clearCookies(),
  add_cookies: ({ context }, cookies) => context.addCookies(cookies),
  screenshot: async ({ page }, path) => { await page.screenshot({ path, fullPage: true }); },
  close: async ({ context }) => { await context.close(); },
};

async function obey({ page, command, args }) {
  if (command === 'open') return open({ name: page, ...args[0] });
  return commands[command](pages.get(page), ...args);
}

// Nothing waits for ever, so that answers stay in step with commands.
async function hurry(command) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${command.command} took over ${COMMAND_WAIT} ms`)), COMMAND_WAIT);
  });
  try {
    return await Promise.race([obey(command), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function main() {
  browser = await chromium.launch({ executablePath: process.argv[2], args: ['--no-sandbox'] });
  process.stdout.write('{"value": "ready"}\n');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { value: (await hurry(JSON.parse(line))) ?? null };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
}

main();

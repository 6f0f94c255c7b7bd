// Comfort alone: every page works without this.
'use strict';

const texts = document.body.dataset;

// The menu closes when one turns to something else.
const menu = document.querySelector('.menu');
if (menu) {
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
}

// A password may be looked at before it is sent.
for (const input of document.querySelectorAll('input[type=password]')) {
  const box = document.createElement('span');
  const button = document.createElement('button');
  box.className = 'reveal';
  button.type = 'button';
  button.textContent = texts.show;
  button.setAttribute('aria-controls', input.id);
  input.before(box);
  box.append(input, button);
  button.addEventListener('click', () => {
    const hidden = input.type === 'password';
    input.type = hidden ? 'text' : 'password';
    button.textContent = hidden ? texts.hide : texts.show;
  });
  input.form.addEventListener('submit', () => { input.type = 'password'; });
}

// A photograph is larger than the site takes, and becomes a small picture anyway.
const LARGE = 1024 * 1024; // bytes
const SIDE = 1024; // pixels

async function reduce(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.9); });
  const list = new DataTransfer();
  list.items.add(new File([blob], file.name, { type: blob.type }));
  return list.files;
}

for (const input of document.querySelectorAll('input[type=file]')) {
  const send = input.form.querySelector('button');
  input.addEventListener('change', async () => {
    const [file] = input.files;
    if (!file || file.size <= LARGE) return;
    send.disabled = true;
    try {
      input.files = await reduce(file);
    } catch {
      // no picture: the site says so
    }
    send.disabled = false;
  });
}

// Until a new code may be asked for.
for (const wait of document.querySelectorAll('.wait')) {
  const start = Number(wait.dataset.seconds);
  const end = Date.now() + start * 1000;
  if (!start) continue;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    wait.textContent = Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0');
    if (!left) {
      clearInterval(timer);
      wait.parentElement.hidden = true;
    }
  }, 1000);
}

// What is shown once can be copied.
for (const shown of document.querySelectorAll('.copy')) {
  if (!navigator.clipboard) break;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'second';
  button.textContent = texts.copy;
  shown.after(button);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(shown.innerText.trim());
    button.textContent = texts.copied;
  });
}

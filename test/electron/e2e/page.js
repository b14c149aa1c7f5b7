// Writes into the page what it hears of the service, for the test to read.
const state = document.querySelector('#state');
const heard = document.querySelector('#heard');
window.loom.port.onOpen(() => (state.textContent = 'open'));
window.loom.port.onClose((loss) => (state.textContent = `${loss.what}. ${loss.fix}`));
window.loom.port.onMessage((text) => (heard.textContent += `${text}\n`));

import { expect, test } from 'vitest';
import type { ServiceLoss } from '../../../electron/contract/bridge.ts';
import { createConversations } from '../../../electron/main/conversations.ts';
import { createRelay, type Page } from '../../../electron/main/relay.ts';
import { LONGEST_TO_SERVICE, type ToWorker } from '../../../trainer/api/rpc/index.ts';

const LOSS: ServiceLoss = { what: 'It stopped', fix: 'Wait.', restarts: true };
const CALL = '{"kind":"call","id":1,"name":"job.new","input":{}}';

function setUp() {
  let open = true;
  const sent: ToWorker[] = [];
  const conversations = createConversations((message) => void sent.push(message));
  const relay = createRelay(conversations, () => open);
  const heard: string[] = [];
  const page = (id: number): Page => ({
    id,
    message: (text) => heard.push(`${id}: ${text}`),
    opened: () => heard.push(`${id} opened`),
    closed: ({ what }) => heard.push(`${id} closed: ${what}`),
  });
  const setOpen = (next: boolean): void => {
    open = next;
    if (next) return relay.serviceOpened();
    conversations.closeAll();
    relay.serviceClosed(LOSS);
  };
  return { relay, conversations, sent, heard, page, setOpen };
}

test('each page has a conversation of its own, and texts pass as they are', () => {
  const { relay, conversations, sent, heard, page } = setUp();
  relay.hello(page(7));
  relay.hello(page(8));
  relay.fromPage(8, CALL);
  conversations.text(1, 'to the first');
  conversations.text(2, 'to the second');
  conversations.text(3, 'to nobody');
  expect(sent).toEqual([
    { kind: 'open', port: 1 },
    { kind: 'open', port: 2 },
    { kind: 'text', port: 2, text: CALL },
  ]);
  expect(heard).toEqual(['7 opened', '8 opened', '7: to the first', '8: to the second']);
});

test.each<[string, unknown, string]>([
  ['no JSON', '{', 'rpc/not-a-message'],
  ['no text at all', { kind: 'call' }, 'rpc/not-a-message'],
  ['a kind of message that pages do not send', '{"kind":"result","id":1,"output":{}}', 'rpc/not-a-message'],
  ['a call without a number', '{"kind":"call","name":"job.new","input":{}}', 'rpc/not-a-message'],
  ['too long', `"${'x'.repeat(LONGEST_TO_SERVICE)}"`, 'rpc/too-large'],
])('a message that is %s is refused, and the service hears nothing', (_title, text, code) => {
  const { relay, sent, heard, page } = setUp();
  relay.hello(page(1));
  relay.fromPage(1, text);
  expect(sent).toEqual([{ kind: 'open', port: 1 }]);
  expect(heard.at(-1)).toContain(`{"kind":"refused","error":{"code":"${code}"`);
});

test('a page that did not say hello, or is gone, is not listened to', () => {
  const { relay, sent, page } = setUp();
  relay.fromPage(5, CALL);
  relay.hello(page(5));
  relay.goodbye(5);
  relay.fromPage(5, CALL);
  expect(sent).toEqual([
    { kind: 'open', port: 1 },
    { kind: 'close', port: 1 },
  ]);
});

test('a page that is loaded again gets a new conversation, and the old one is closed', () => {
  const { relay, conversations, sent, heard, page } = setUp();
  relay.hello(page(1));
  relay.hello(page(1));
  conversations.text(1, 'late');
  expect(sent).toEqual([
    { kind: 'open', port: 1 },
    { kind: 'close', port: 1 },
    { kind: 'open', port: 2 },
  ]);
  expect(heard).toEqual(['1 opened', '1 opened']);
});

test('pages hear when the service goes and comes; nothing is sent in between', () => {
  const { relay, sent, heard, page, setOpen } = setUp();
  relay.hello(page(1));
  setOpen(false);
  relay.fromPage(1, CALL);
  relay.hello(page(2));
  setOpen(true);
  expect(heard).toEqual(['1 opened', '1 closed: It stopped', '2 closed: It stopped', '1 opened', '2 opened']);
  expect(sent.filter(({ kind }) => kind === 'text')).toEqual([]);
});

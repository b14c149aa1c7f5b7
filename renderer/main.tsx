/**
 * Where the window begins: finds its surroundings, the desktop app's bridge or the server that the page came from, and
 * draws.
 */
import '@mantine/core/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import './styles/tokens.css';
import './styles/global.css';
import { createRoot } from 'react-dom/client';
import * as z from 'zod';
import { must } from '../trainer/base/errors.ts';
import { Window } from './window.tsx';
import { createConnection } from './service/connection.ts';
import { surroundingsOf } from './service/surroundings.ts';
import { createApp } from './state/app.ts';

// The content security policy forbids making code from text, which zod would try for speed.
z.config({ jitless: true });

const { transport, ...surroundings } = surroundingsOf(globalThis.location, globalThis.loom);
const app = createApp({ ...surroundings, connection: createConnection(transport) });
createRoot(must(document.getElementById('root'), 'the root element')).render(<Window app={app} />);

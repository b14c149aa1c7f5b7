/** The whole window for an app: theme, text size, frame. */
import { MantineProvider } from '@mantine/core';
import { StrictMode, useEffect, type JSX } from 'react';
import { useStore } from 'zustand';
import { Frame } from './frame/frame.tsx';
import { AppContext, type App } from './state/app.ts';
import { cssVariables, theme } from './styles/theme.ts';

export function Window({ app }: { readonly app: App }): JSX.Element {
  const { theme: wanted, textSize } = useStore(app.preferences, ({ settings }) => settings);
  useEffect(() => {
    document.documentElement.style.fontSize = `${textSize}%`;
  }, [textSize]);
  return (
    <StrictMode>
      <AppContext value={app}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariables}
          defaultColorScheme="auto"
          {...(wanted === 'system' ? {} : { forceColorScheme: wanted })}
        >
          <Frame />
        </MantineProvider>
      </AppContext>
    </StrictMode>
  );
}

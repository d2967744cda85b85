import { browser } from 'wxt/browser';

/** Sets (or moves) the alarm to a time in milliseconds since the epoch; browsers may round up to 30 s from now. */
export function setAlarm(name: string, when: number): Promise<void> {
  return Promise.resolve(browser.alarms.create(name, { when }));
}

export async function clearAlarm(name: string): Promise<void> {
  await browser.alarms.clear(name);
}

/** Must be called in the worker's first turn, so that an alarm wakes a sleeping worker. */
export function onAlarm(listener: (name: string) => void): void {
  browser.alarms.onAlarm.addListener(({ name }) => listener(name));
}

/**
 * Tells when the user has been away for `minutes`, or the screen was locked (Chromium; Firefox reports no lock).
 * Must be called in the worker's first turn.
 */
export function onIdle(listener: (state: 'active' | 'idle' | 'locked') => void): void {
  browser.idle.onStateChanged.addListener((state) => listener(state));
}

/** @param minutes At least 1; browsers refuse less than 15 s. */
export function setIdleMinutes(minutes: number): void {
  browser.idle.setDetectionInterval(Math.max(15, minutes * 60));
}

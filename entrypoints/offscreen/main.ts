import { serveOffscreen } from '@/lib/browser/offscreen-document';

serveOffscreen();

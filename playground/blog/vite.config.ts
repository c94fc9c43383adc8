import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({
  plugins: [
    vue(),
    distill({
      // The files of public/ keep their names: a changed one gets a new URL, and the others keep theirs.
      cdn: { tag: 'content' },
      publish: {
        default: {
          backend: 'directory',
          path: 'www',
          publicUrl: process.env.BLOG_PUBLIC_URL ?? 'http://localhost:8080/',
        },
        // The bucket of the tests. Its credentials are found in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
        's3-test': {
          backend: 's3',
          bucket: process.env.BLOG_S3_BUCKET ?? 'still-room',
          endpoint: process.env.BLOG_S3_ENDPOINT,
          publicUrl: process.env.BLOG_S3_PUBLIC_URL,
        },
      },
    }),
  ],
})

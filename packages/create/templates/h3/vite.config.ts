import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({
  plugins: [
    distill({
      publish: {
        // A folder that a web server of yours serves. With its `publicUrl`, each publish is verified.
        default: { backend: 'directory', path: 'www' },
        // Needs `npm install --save-dev @aws-sdk/client-s3`.
        's3-prod': {
          backend: 's3',
          bucket: 'www.example.com',
          region: 'eu-west-1',
          publicUrl: 'https://www.example.com/',
        },
      },
    }),
  ],
})
